// The stage of two stacks: one reads forward, the other is given each sequence turned round.

#include "merge.h"
#include "stage.h"
#include "turned.h"

namespace netspec {
namespace {

template <class T> class Bidirectional : public Stage<T> {
   public:
    Bidirectional(Sequence<T> forward, Sequence<T> reverse, Merge merge, ptrdiff_t features,
                  ptrdiff_t width)
        : forward_(std::move(forward)), reverse_(std::move(reverse)), merge_(merge),
          features_(features), width_(width) {}

    bool keeps_steps() const override { return forward_.keeps_steps(); }

    ptrdiff_t gives(ptrdiff_t size) const override {
        return forward_.gives(size) * (merge_ == Merge::concat ? 2 : 1);
    }

    double work(ptrdiff_t size) const override { return forward_.work(size) + reverse_.work(size); }

    ptrdiff_t step_weights() const override { return forward_.step_weights(); }

    void run(const Events<T>& x, T* y, const Call<T>& call) const override {
        Arena::Scope scope(call.arena);
        const ptrdiff_t size = forward_.gives(x.size), rows = x.count * (size / width_);
        auto buffer = [&](ptrdiff_t each) { return call.arena.template numbers<T>(x.count * each); };
        T *round = buffer(x.size), *one = buffer(size), *two = buffer(size);
        forward_.run(x, one, call);
        turned(x.lengths, x.count, x.size, features_, x.at, round);
        Events<T> back = x;
        back.at = round;
        reverse_.run(back, two, call);
        if (keeps_steps()) {
            T* again = buffer(size);
            turned<T>(x.lengths, x.count, size, width_, two, again);
            two = again;
        }
        if (merge_ != Merge::concat) return combine(merge_, one, two, y, x.count * size);
        for (ptrdiff_t r = 0; r < rows; r++)
            for (ptrdiff_t i = 0; i < width_; i++) {
                y[r * 2 * width_ + i] = one[r * width_ + i];
                y[r * 2 * width_ + width_ + i] = two[r * width_ + i];
            }
    }

   private:
    Sequence<T> forward_, reverse_;
    Merge merge_;
    ptrdiff_t features_, width_;
};

}  // namespace

template <class T>
std::unique_ptr<Stage<T>> bidirectional(Sequence<T> forward, Sequence<T> reverse, Merge merge,
                                        ptrdiff_t features, ptrdiff_t width) {
    return std::make_unique<Bidirectional<T>>(std::move(forward), std::move(reverse), merge, features,
                                              width);
}

template std::unique_ptr<Stage<float>> bidirectional(Sequence<float>, Sequence<float>, Merge, ptrdiff_t,
                                                     ptrdiff_t);
template std::unique_ptr<Stage<double>> bidirectional(Sequence<double>, Sequence<double>, Merge,
                                                      ptrdiff_t, ptrdiff_t);

}  // namespace netspec
