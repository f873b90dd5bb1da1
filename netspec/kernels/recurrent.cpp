// The stage with a state: a recurrent layer, in one direction or two.
//
// Two directions write where the merged output has its place, one beside the other; a sum, a mean or
// a product is made of two outputs afterwards.

#include <cstring>

#include "merge.h"
#include "stage.h"
#include "teamwork.h"
#include "work.h"

namespace netspec {
namespace {

template <class T> class Way {
   public:
    Way(const Kernels<T>& kernels, const CellWeights<T>& w)
        : weights_(w),
          gates_(gates_of(w.kind)),
          W_(kernels, w.W, gates_ * w.units, w.features),
          U_(kernels, w.U, (w.kind == CellKind::gru ? 2 : gates_) * w.units, w.units),
          U_c_(kernels, w.U + (w.kind == CellKind::gru ? 2 * w.units * w.units : 0), w.units, w.units) {
        if (w.b) b_.assign(w.b, w.b + gates_ * w.units);
        if (w.b_state) b_state_.assign(w.b_state, w.b_state + gates_ * w.units);
        for (const T* first : w.first) first_.emplace_back(first, first + w.units);
    }

    ptrdiff_t units() const { return weights_.units; }
    ptrdiff_t features() const { return weights_.features; }

    ptrdiff_t step_weights() const { return gates_ * units() * units(); }

    double work() const {
        return static_cast<double>(gates_ * units()) *
               (static_cast<double>(units() + features()) + CELL_WORK);
    }

    // All steps of some events; y (event, step, units), or none. Returns h (event, units).
    const T* run(const Events<T>& x, Series<T> y, bool reverse, const Call<T>& call) const {
        const Cell<T> cell = this->cell();
        const ptrdiff_t steps = x.size / features();
        Sweep<T> sweep{};
        sweep.events = x.count;
        sweep.steps = steps;
        sweep.reverse = reverse;
        sweep.lengths = x.lengths;
        sweep.x = {x.at, x.size, features()};
        sweep.y = y;
        sweep.h = start(x, call, 0);
        if (cell.kind == CellKind::lstm) sweep.c = start(x, call, 1);
        sweep.workspace =
            call.arena.template numbers<T>(call.kernels.sweep_workspace(cell, x.count, steps));
        if (!as_a_team(call.kernels.sweep, cell, sweep, call.threads)) call.kernels.sweep(cell, sweep);
        if (!call.finals.empty()) {
            finish(x, call, 0, sweep.h);
            if (sweep.c) finish(x, call, 1, sweep.c);
        }
        return sweep.h;
    }

   private:
    Cell<T> cell() const {
        const CellWeights<T>& w = weights_;
        Cell<T> cell{};
        cell.kind = w.kind;
        cell.units = w.units;
        cell.gate = w.gate;
        cell.candidate = w.candidate;
        cell.cell = w.cell;
        cell.forget_bias = static_cast<T>(w.forget_bias);
        cell.reset_after = w.reset_after;
        cell.W = W_;
        cell.b = b_.empty() ? nullptr : b_.data();
        cell.U = U_;
        cell.U_c = U_c_;
        cell.b_state = b_state_.empty() ? nullptr : b_state_.data();
        return cell;
    }

    // The first state of each event: the caller's, the layer's own, or zeros.
    T* start(const Events<T>& x, const Call<T>& call, size_t which) const {
        const size_t count = static_cast<size_t>(x.count * units());
        T* state = call.arena.template numbers<T>(x.count * units() + call.kernels.lanes);
        const T* given = call.states.empty() ? nullptr : call.states[slot(which)];
        if (given) {
            std::memcpy(state, given + x.first * units(), sizeof(T) * count);
        } else {
            std::fill_n(state, count, T(0));
            if (which < first_.size())
                for (size_t i = 0; i < count; i++) state[i] += first_[which][i % first_[which].size()];
        }
        return state;
    }

    void finish(const Events<T>& x, const Call<T>& call, size_t which, const T* state) const {
        std::memcpy(call.finals[slot(which)] + x.first * units(), state,
                    sizeof(T) * static_cast<size_t>(x.count * units()));
    }

    size_t slot(size_t which) const { return static_cast<size_t>(weights_.slots[which]); }

    CellWeights<T> weights_;
    ptrdiff_t gates_;
    Matrix<T> W_, U_, U_c_;
    std::vector<T> b_, b_state_;
    std::vector<std::vector<T>> first_;
};

template <class T> class Recurrent : public Stage<T> {
   public:
    Recurrent(const Kernels<T>& kernels, const std::vector<CellWeights<T>>& ways, bool reverse,
              Merge merge, bool return_sequences)
        : reverse_(reverse), merge_(merge), return_sequences_(return_sequences) {
        for (const auto& way : ways) ways_.push_back(std::make_unique<Way<T>>(kernels, way));
    }

    bool keeps_steps() const override { return return_sequences_; }

    ptrdiff_t gives(ptrdiff_t size) const override {
        return return_sequences_ ? size / ways_[0]->features() * width() : width();
    }

    double work(ptrdiff_t size) const override {
        double step = 0;
        for (const auto& way : ways_) step += way->work();
        return static_cast<double>(size / ways_[0]->features()) * step;
    }

    ptrdiff_t step_weights() const override { return ways_[0]->step_weights(); }

    void run(const Events<T>& x, T* y, const Call<T>& call) const override {
        Arena::Scope scope(call.arena);
        const ptrdiff_t units = ways_[0]->units(), size = gives(x.size);
        for (size_t i = 0; i < ways_.size(); i++) {
            // The second of two that are not set side by side has a place of its own first.
            bool beside = i == 0 || merge_ == Merge::concat;
            T* out = beside ? y + static_cast<ptrdiff_t>(i) * units
                            : call.arena.template numbers<T>(x.count * size);
            Series<T> steps = return_sequences_ ? Series<T>{out, size, width()} : Series<T>{};
            const T* h = ways_[i]->run(x, steps, reverse_ || i == 1, call);
            if (!return_sequences_)
                for (ptrdiff_t e = 0; e < x.count; e++)
                    std::memcpy(out + e * size, h + e * units, sizeof(T) * static_cast<size_t>(units));
            if (!beside) combine(merge_, y, out, y, x.count * size);
        }
    }

   private:
    ptrdiff_t width() const {
        bool beside = ways_.size() == 2 && merge_ == Merge::concat;
        return ways_[0]->units() * (beside ? 2 : 1);
    }

    std::vector<std::unique_ptr<Way<T>>> ways_;
    bool reverse_;
    Merge merge_;
    bool return_sequences_;
};

}  // namespace

template <class T>
std::unique_ptr<Stage<T>> recurrent(const Kernels<T>& kernels, const std::vector<CellWeights<T>>& ways,
                                    bool reverse, Merge merge, bool return_sequences) {
    return std::make_unique<Recurrent<T>>(kernels, ways, reverse, merge, return_sequences);
}

template std::unique_ptr<Stage<float>> recurrent(const Kernels<float>&, const std::vector<CellWeights<float>>&,
                                                 bool, Merge, bool);
template std::unique_ptr<Stage<double>> recurrent(const Kernels<double>&,
                                                  const std::vector<CellWeights<double>>&, bool, Merge, bool);

}  // namespace netspec
