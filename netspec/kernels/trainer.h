// One step of training as one call: forward, loss, back, penalty, clipping, the optimizer's update.
//
// Weights, gradient and what the optimizer carries are three or four pieces of flat memory, in which
// every trained array has a place. The formulas are those of netspec/training, netspec/losses and
// netspec/optimizers; README.md says in which order sums are taken.

#pragma once

#include "learner.h"

namespace netspec {

// What is made small: a loss of the last layer's numbers, or of the output activation's.
struct Goal {
    LossKind loss;
    double delta;
    bool of_output;
    Function output;
    ptrdiff_t width;  // of a row of the last layer's output
};

struct Place {
    ptrdiff_t at, count;
};

enum class PenaltyKind : int { none, l1, l1_like_tmva, l2 };

struct Penalty {
    PenaltyKind kind;
    double strength;
};

// Bounds of the gradient; 0 where there are none.
struct Clip {
    double value, norm;
};

template <class T> struct TrainingBatch {
    ptrdiff_t events, size;  // how many; numbers of each
    const T *x, *t;
    const T* w;              // weights of the events, or of the rows, or null
    bool by_row;
    const int64_t* lengths;  // (events,), or null
    std::vector<const T*> states;
    std::vector<T*> finals;
    std::vector<const uint8_t*> masks;
    std::vector<const T*> drops;
};

// The loss of a batch, and N: (valid rows) * (values of a row).
struct Found {
    double loss;
    ptrdiff_t count;
};

template <class T> class Trainer {
   public:
    // `width` is that of a row of x; `places` are in the order of the spec, and `size` is all they take.
    Trainer(const Kernels<T>& kernels, Chain<T> chain, ptrdiff_t width, std::vector<Place> places,
            ptrdiff_t size, Goal goal, std::vector<Penalty> penalties, Clip clip, int threads);

    // Loss and gradient, the optimizer not asked. Throws std::bad_alloc.
    Found slopes(const TrainingBatch<T>& batch);
    // Penalty, clipping and the optimizer's update, with the gradient that is there.
    void update(const Update<T>& rule);

    T* weights() { return w_.get(); }
    T* gradient() { return g_.get(); }
    T* carried(int which) { return (which ? two_ : one_).get(); }
    ptrdiff_t size() const { return size_; }
    // Weights were written from outside.
    void pack();

   private:
    void there_and_back(const TrainingBatch<T>& batch, ptrdiff_t first, ptrdiff_t events, T share);
    void tile(const TrainingBatch<T>& batch, const Tile<T>& tile, T share);
    void gather(const T* x, ptrdiff_t steps, ptrdiff_t first, ptrdiff_t events, T* g);
    void run_sums();
    void penalize();
    void clip();
    T squares() const;

    const Kernels<T>& kernels_;
    Chain<T> chain_;
    ptrdiff_t width_;
    std::vector<Place> places_;
    ptrdiff_t size_;
    Goal goal_;
    std::vector<Penalty> penalties_;
    Clip clip_;
    int threads_;
    Aligned<T> w_, g_, one_, two_;
    std::vector<Packing<T>> packings_;
    Arena memory_;          // of a wave
    T* values_ = nullptr;   // of a wave: what the loss gave, row by row
    std::vector<OuterSum<T>> outers_;
    std::vector<PlainSum<T>> plains_;
    std::vector<std::function<void()>> others_;
};

}  // namespace netspec
