// A stage: one layer of a network as the engine runs it, with its weights packed.
//
// A stage is given some events at once, the numbers of each side by side, and writes what it makes of
// them. What it is told of a shape when it is built is the last axis; how many steps there are shows
// in how many numbers an event has. A network is a Sequence of stages.

#pragma once

#include <memory>
#include <vector>

#include "arena.h"
#include "paths.h"
#include "transformation.h"

namespace netspec {

// Some events of a call.
template <class T> struct Events {
    ptrdiff_t count, size;   // how many; numbers of each
    const T* at;
    const int64_t* lengths;  // valid steps of each, or null
    ptrdiff_t first;         // the place of the first one in the call, where states stand
};

// What a call hands to every stage: the table of kernels, memory, states by slot.
template <class T> struct Call {
    const Kernels<T>& kernels;
    Arena& arena;
    const std::vector<const T*>& states;  // (events of the call, units) for each slot, or null
    const std::vector<T*>& finals;        // the same, or empty where nobody asks
    int threads;                          // that a stage may use for itself
};

// Whether threads should share out the units of a layer and not the events of a batch: so few events
// that each of their steps costs mainly the reading of weights, and is worth meeting for.
inline bool worth_a_team(ptrdiff_t step_weights, ptrdiff_t events) {
    return events <= 8 && step_weights >= 60000 * events;
}

template <class T> class Stage {
   public:
    virtual ~Stage() = default;
    // Numbers that come out of an event of `size` numbers.
    virtual ptrdiff_t gives(ptrdiff_t size) const = 0;
    // About how many multiplications an event of `size` numbers costs.
    virtual double work(ptrdiff_t size) const = 0;
    virtual void run(const Events<T>& x, T* y, const Call<T>& call) const = 0;
    // Weights that are read anew at every step.
    virtual ptrdiff_t step_weights() const { return 0; }
    // Whether the lengths of the input still hold for the output.
    virtual bool keeps_steps() const { return true; }
};

template <class T> class Sequence {
   public:
    Sequence() = default;
    Sequence(Sequence&&) = default;
    Sequence(const Sequence&) = delete;
    void add(std::unique_ptr<Stage<T>> stage) { stages_.push_back(std::move(stage)); }
    ptrdiff_t gives(ptrdiff_t size) const;
    double work(ptrdiff_t size) const;
    ptrdiff_t step_weights() const;  // of the stage that has most
    bool keeps_steps() const;
    void run(const Events<T>& x, T* y, const Call<T>& call) const;

   private:
    std::vector<std::unique_ptr<Stage<T>>> stages_;
};

// A matrix packed for a path; it owns its memory.
template <class T> class Matrix {
   public:
    Matrix(const Kernels<T>& kernels, const T* W, ptrdiff_t outputs, ptrdiff_t terms,
           bool transposed = false);
    operator Packed<T>() const { return {outputs_, terms_, data_.get()}; }
    ptrdiff_t outputs() const { return outputs_; }
    ptrdiff_t terms() const { return terms_; }

   private:
    ptrdiff_t outputs_, terms_;
    Aligned<T> data_;
};

// Options and weights of one direction of a recurrent layer, as they come from the spec.
template <class T> struct CellWeights {
    CellKind kind;
    ptrdiff_t features, units;
    Function gate, candidate, cell;
    double forget_bias;
    bool reset_after;
    const T *W, *U, *b, *b_state;        // b, b_state may be null
    std::vector<const T*> first;         // h0 (and c0), empty for zeros
    std::vector<int> slots;              // where the states of a call stand
};

template <class T> std::unique_ptr<Stage<T>> dense(const Kernels<T>&, const T* W, const T* b,
                                                   ptrdiff_t units, ptrdiff_t features, Function f);
template <class T> std::unique_ptr<Stage<T>> activation(Function f, ptrdiff_t width);
template <class T>
std::unique_ptr<Stage<T>> transformation(std::shared_ptr<Formula<T>>, std::vector<ptrdiff_t> inputs,
                                         std::vector<ptrdiff_t> outputs, ptrdiff_t width);
template <class T> std::unique_ptr<Stage<T>> convolution(const Windows&, const T* W, const T* b,
                                                         ptrdiff_t filters, Function f);
template <class T> std::unique_ptr<Stage<T>> max_pool(const Windows&);
// With a pair of numbers, pair[i], for number i of an event or of a step.
template <class T> std::unique_ptr<Stage<T>> batch_norm(const T* gamma, const T* beta, const T* mean,
                                                        const T* variance, double epsilon,
                                                        const std::vector<ptrdiff_t>& pair);
// Steps beyond an event's length become +0; only where there are lengths.
template <class T> std::unique_ptr<Stage<T>> padding(ptrdiff_t width);
// A new shape for the same numbers: lengths end here.
template <class T> std::unique_ptr<Stage<T>> reshape();
template <class T> std::unique_ptr<Stage<T>> last_step(ptrdiff_t width);
// The first few of each row.
template <class T> std::unique_ptr<Stage<T>> first_of(ptrdiff_t width, ptrdiff_t kept);

enum class Merge : int { concat, sum, mean, mul };

// One direction (reverse or not), or two, whose outputs are merged.
template <class T>
std::unique_ptr<Stage<T>> recurrent(const Kernels<T>&, const std::vector<CellWeights<T>>& ways,
                                    bool reverse, Merge merge, bool return_sequences);
template <class T>
std::unique_ptr<Stage<T>> bidirectional(Sequence<T> forward, Sequence<T> reverse, Merge merge,
                                        ptrdiff_t features, ptrdiff_t width);

}  // namespace netspec
