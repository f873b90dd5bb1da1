// A transformation of some numbers of a row, as a stage and as a learner.
//
// Number k is read at inputs[k] and written to outputs[k], in the order of k, so that the last one
// stays where two are written to one position; what nobody writes passes through.

#include <algorithm>

#include "learner.h"
#include "transformation.h"

namespace netspec {
namespace {

constexpr ptrdiff_t ROWS = 64;  // at a time

template <class T> class Selected {
   public:
    Selected(std::shared_ptr<Formula<T>> formula, std::vector<ptrdiff_t> inputs,
             std::vector<ptrdiff_t> outputs, ptrdiff_t width)
        : formula_(std::move(formula)), inputs_(std::move(inputs)), outputs_(std::move(outputs)),
          width_(width), all_(formula_->numbers() == width) {
        for (ptrdiff_t k = 0; k < formula_->numbers(); k++)
            all_ = all_ && inputs_[static_cast<size_t>(k)] == k && outputs_[static_cast<size_t>(k)] == k;
    }
    ptrdiff_t width() const { return width_; }
    double work(ptrdiff_t size) const {
        return static_cast<double>(size / width_) * (formula_->work() + static_cast<double>(width_));
    }

    void there(const T* x, ptrdiff_t rows, T* y, Arena& arena) const {
        if (all_) return formula_->there(x, rows, y, arena);
        in_parts(rows, arena, [&](ptrdiff_t first, ptrdiff_t count, T* v) {
            const T* from = x + first * width_;
            T* to = y + first * width_;
            gather(from, count, v);
            formula_->there(v, count, v, arena);
            std::copy(from, from + count * width_, to);
            for (ptrdiff_t r = 0; r < count; r++, to += width_)
                for (ptrdiff_t output : outputs_) to[output] = *v++;
        });
    }

    void back(const T* x, const T* dy, ptrdiff_t rows, T* dx, Arena& arena) const {
        if (all_) return formula_->back(x, dy, rows, dx, arena);
        const ptrdiff_t n = formula_->numbers();
        in_parts(rows, arena, [&](ptrdiff_t first, ptrdiff_t count, T* v) {
            Arena::Scope scope(arena);
            T *dw = arena.numbers<T>(count * n), *to = dx + first * width_;
            gather(x + first * width_, count, v);
            std::copy(dy + first * width_, dy + (first + count) * width_, to);
            for (ptrdiff_t r = 0; r < count; r++)
                for (ptrdiff_t k = n; k-- > 0;) {
                    T& written = to[r * width_ + outputs_[static_cast<size_t>(k)]];
                    dw[r * n + k] = written;
                    written = 0;
                }
            formula_->back(v, dw, count, dw, arena);
            for (ptrdiff_t r = 0; r < count; r++)
                for (ptrdiff_t k = 0; k < n; k++) {
                    T& read = to[r * width_ + inputs_[static_cast<size_t>(k)]];
                    read = read + dw[r * n + k];
                }
        });
    }

   private:
    template <class F> void in_parts(ptrdiff_t rows, Arena& arena, F f) const {
        Arena::Scope scope(arena);
        T* v = arena.numbers<T>(ROWS * formula_->numbers());
        for (ptrdiff_t first = 0; first < rows; first += ROWS) f(first, std::min(ROWS, rows - first), v);
    }
    void gather(const T* x, ptrdiff_t rows, T* v) const {
        for (ptrdiff_t r = 0; r < rows; r++, x += width_)
            for (ptrdiff_t input : inputs_) *v++ = x[input];
    }

    std::shared_ptr<Formula<T>> formula_;
    std::vector<ptrdiff_t> inputs_, outputs_;
    ptrdiff_t width_;
    bool all_;  // each number stays where it was, and none passes through
};

template <class T> class TransformationStage : public Stage<T> {
   public:
    explicit TransformationStage(Selected<T> selected) : selected_(std::move(selected)) {}
    ptrdiff_t gives(ptrdiff_t size) const override { return size; }
    double work(ptrdiff_t size) const override { return selected_.work(size); }
    void run(const Events<T>& x, T* y, const Call<T>& call) const override {
        selected_.there(x.at, x.count * (x.size / selected_.width()), y, call.arena);
    }

   private:
    Selected<T> selected_;
};

template <class T> class TransformationLearner : public Learner<T> {
   public:
    explicit TransformationLearner(Selected<T> selected) : selected_(std::move(selected)) {}
    ptrdiff_t width() const override { return selected_.width(); }
    double work(ptrdiff_t size) const override { return 2 * selected_.work(size); }
    void forward(const Tile<T>& tile, const T* x, ptrdiff_t size, T* y) override {
        selected_.there(x, tile.count * (size / selected_.width()), y, tile.arena);
    }
    void back(const Tile<T>& tile, const T* x, ptrdiff_t size, const T*, T* dy, T* dx) override {
        if (dx) selected_.back(x, dy, tile.count * (size / selected_.width()), dx, tile.arena);
    }

   private:
    Selected<T> selected_;
};

}  // namespace

template <class T>
std::unique_ptr<Stage<T>> transformation(std::shared_ptr<Formula<T>> formula, std::vector<ptrdiff_t> inputs,
                                         std::vector<ptrdiff_t> outputs, ptrdiff_t width) {
    return std::make_unique<TransformationStage<T>>(
        Selected<T>(std::move(formula), std::move(inputs), std::move(outputs), width));
}
template <class T>
std::unique_ptr<Learner<T>> transformation_learner(std::shared_ptr<Formula<T>> formula,
                                                   std::vector<ptrdiff_t> inputs,
                                                   std::vector<ptrdiff_t> outputs, ptrdiff_t width) {
    return std::make_unique<TransformationLearner<T>>(
        Selected<T>(std::move(formula), std::move(inputs), std::move(outputs), width));
}

#define NETSPEC_FOR(T)                                                                              \
    template std::unique_ptr<Stage<T>> transformation(std::shared_ptr<Formula<T>>,                  \
                                                      std::vector<ptrdiff_t>, std::vector<ptrdiff_t>, \
                                                      ptrdiff_t);                                   \
    template std::unique_ptr<Learner<T>> transformation_learner(                                    \
        std::shared_ptr<Formula<T>>, std::vector<ptrdiff_t>, std::vector<ptrdiff_t>, ptrdiff_t);
NETSPEC_FOR(float)
NETSPEC_FOR(double)

}  // namespace netspec
