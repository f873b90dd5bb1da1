// A learner: one layer of a network while it is trained, with a tape of what it computed.
//
// A step of training takes a wave of events through all learners and back, tile by tile: a tile is a
// few events, on one thread, all the way from x to the slopes in every pre-activation. What has to be
// summed over events, the slopes in the weights, is left on the tape and summed up when all tiles are
// through. Each learner cuts its tape out of the memory of the wave (`prepare`).
//
// Weights, gradients and what an optimizer carries are flat memory; a learner knows the places of its
// own, and packs its matrices anew when they have changed.

#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "stage.h"

namespace netspec {

constexpr ptrdiff_t NOWHERE = -1;  // the place of a weight that a layer does without

// Some events of a wave. Addresses that go with a tile are those of its first event.
template <class T> struct Tile {
    const Kernels<T>& kernels;
    Arena& arena;                         // to work in, until the tile is through
    ptrdiff_t first, count;               // in the wave
    ptrdiff_t place;                      // of the first event, in the call
    const int64_t* lengths;               // valid steps of each, or null
    const std::vector<const T*>& states;  // (events of the call, units) by slot, or null
    const std::vector<T*>& finals;        // the same
    const std::vector<const uint8_t*>& masks;  // (events of the call, numbers of an event) by slot
    const std::vector<const T*>& drops;        // (events of the call, units) by slot
    int threads;                          // that a learner may use for itself
};

// A sum over events and steps (rule 2 of README.md): result (width,).
template <class T> struct PlainSum {
    ptrdiff_t events, steps, width;
    Series<const T> x;
    T* result;
};

// The slopes of a wave that are sums over its events, or over some of them, and share nothing.
template <class T> struct Sums {
    ptrdiff_t first, events;
    T* g;  // the gradient
    std::vector<OuterSum<T>>& outers;
    std::vector<PlainSum<T>>& plains;
    std::vector<std::function<void()>>& others;  // sums that a learner takes by itself

    // At `place`, (outputs, inputs): of dz (events, steps, outputs) by x (events, steps, inputs).
    OuterSum<T>& outer(Series<const T> dz, ptrdiff_t outputs, Series<const T> x, ptrdiff_t inputs,
                       ptrdiff_t steps, ptrdiff_t place) {
        OuterSum<T> s{};
        s.events = events, s.steps = steps, s.outputs = outputs, s.inputs = inputs;
        s.dz = from_first(dz), s.x = from_first(x), s.result = g + place;
        outers.push_back(s);
        return outers.back();
    }
    // At `place`, (width,): of x (events, steps, width).
    void plain(Series<const T> x, ptrdiff_t width, ptrdiff_t steps, ptrdiff_t place) {
        plains.push_back({events, steps, width, from_first(x), g + place});
    }

   private:
    Series<const T> from_first(Series<const T> x) const { return {x.at + first * x.event, x.event, x.step}; }
};

// A matrix to be packed.
template <class T> struct Packing {
    const T* W;
    ptrdiff_t output_stride, term_stride, outputs, terms;
    T* packed;
};

// A matrix of the weights, packed for a path anew whenever they have changed. W (rows, columns) stands
// at a place in them; transposed, its columns are the outputs.
template <class T> class Repacked {
   public:
    Repacked() = default;
    Repacked(const Kernels<T>& kernels, ptrdiff_t place, ptrdiff_t rows, ptrdiff_t columns, bool transposed)
        : place_(place), columns_(columns), transposed_(transposed),
          outputs_(transposed ? columns : rows), terms_(transposed ? rows : columns),
          data_(aligned<T>(kernels.packed_size(outputs_, terms_))) {}
    operator Packed<T>() const { return {outputs_, terms_, data_.get()}; }
    void pack(const T* weights, std::vector<Packing<T>>& packings) const {
        if (!data_) return;
        packings.push_back({weights + place_, transposed_ ? 1 : columns_, transposed_ ? columns_ : 1, outputs_,
                            terms_, data_.get()});
    }
    explicit operator bool() const { return data_ != nullptr; }

   private:
    ptrdiff_t place_ = 0, columns_ = 0;
    bool transposed_ = false;
    ptrdiff_t outputs_ = 0, terms_ = 0;
    Aligned<T> data_;
};

template <class T> class Learner {
   public:
    virtual ~Learner() = default;
    // Numbers that come out of an event of `size` numbers, and the width of its rows.
    virtual ptrdiff_t gives(ptrdiff_t size) const { return size; }
    virtual ptrdiff_t width() const = 0;
    // About how many multiplications an event of `size` numbers costs, there and back.
    virtual double work(ptrdiff_t size) const = 0;
    virtual bool keeps_steps() const { return true; }
    // Whether y is x as it stands, and dx is dy.
    virtual bool does_nothing() const { return false; }
    virtual bool has_weights() const { return false; }
    // Said once, before all else: whether anybody will want dx.
    virtual void settle(bool slope_in_x) { (void)slope_in_x; }
    // Whether y beyond an event's last valid step is +0 already.
    virtual bool clears_padding() const { return false; }
    // Take the weights as they are now; matrices are named in `packings`, to be packed before the next
    // step.
    virtual void pack(const T* weights, std::vector<Packing<T>>& packings) {
        (void)weights, (void)packings;
    }
    // Said before each call: the first states that the caller gives, by slot, null where he does not.
    virtual void begin(const std::vector<const T*>& states) { (void)states; }
    // Cut the tape for so many events of `size` numbers out of `memory`.
    virtual void prepare(Arena& memory, ptrdiff_t events, ptrdiff_t size) {
        (void)memory, (void)events, (void)size;
    }
    virtual void forward(const Tile<T>& tile, const T* x, ptrdiff_t size, T* y) = 0;
    // dx (null: not wanted) from dy, which may be changed.
    virtual void back(const Tile<T>& tile, const T* x, ptrdiff_t size, const T* y, T* dy, T* dx) = 0;
    // x is the input of the whole wave.
    virtual void sum(Sums<T>& sums, const T* x, ptrdiff_t size) const {
        (void)sums, (void)x, (void)size;
    }
};

// Learners one after another.
template <class T> class Chain {
   public:
    Chain() = default;
    Chain(Chain&&) = default;
    Chain(const Chain&) = delete;
    void add(std::unique_ptr<Learner<T>> learner) { links_.push_back({std::move(learner), 0, 0, nullptr}); }
    ptrdiff_t gives(ptrdiff_t size) const;
    double work(ptrdiff_t size) const;
    bool keeps_steps() const;
    bool has_weights() const;
    void settle(bool slope_in_x);
    void pack(const T* weights, std::vector<Packing<T>>& packings);
    void begin(const std::vector<const T*>& states);
    // `width` is that of a row of x.
    void prepare(Arena& memory, ptrdiff_t events, ptrdiff_t size, ptrdiff_t width, bool lengths);
    // The output of a tile; x is its input.
    const T* forward(const Tile<T>& tile, const T* x);
    // dx (null: not wanted) from dy, which may be changed; x as it was in `forward`.
    void back(const Tile<T>& tile, const T* x, T* dy, T* dx);
    // x is the input of the whole wave.
    void sum(Sums<T>& sums, const T* x) const;

   private:
    struct Link {
        std::unique_ptr<Learner<T>> learner;
        ptrdiff_t size, gives;  // of its input and its output
        T* y;                   // of the wave; null where it is the input as it stands
    };
    // What a link is given, from an event of the wave on, where x is what the chain is given there.
    const T* input(size_t link, const T* x, ptrdiff_t first) const;

    std::vector<Link> links_;
    T* x_ = nullptr;  // the input with +0 beyond the last valid steps, where there are lengths
    ptrdiff_t size_ = 0, width_ = 0;
    size_t backmost_ = 0;  // the first link that the way back has to reach
};

// +0 beyond each event's last valid step, in rows of `width` numbers.
template <class T>
void clear_padding(const int64_t* lengths, ptrdiff_t events, ptrdiff_t size, ptrdiff_t width, T* x) {
    if (!lengths) return;
    for (ptrdiff_t e = 0; e < events; e++)
        for (ptrdiff_t i = static_cast<ptrdiff_t>(lengths[e]) * width; i < size; i++) x[e * size + i] = 0;
}

// Options of one direction of a recurrent layer, and the places of its weights.
template <class T> struct CellPlaces {
    CellKind kind;
    ptrdiff_t features, units;
    Function gate, candidate, cell;
    double forget_bias;
    bool reset_after;
    ptrdiff_t W, U, b, b_state;        // NOWHERE for a bias that is not there
    std::vector<ptrdiff_t> learned;    // of h0 (and c0); empty where they are not learned
    std::vector<const T*> constant;    // h0 (and c0) that are not trained
    std::vector<int> slots;            // where the states of a call stand
    int drop;                          // the slot of recurrent dropout, or NOWHERE
};

template <class T> std::unique_ptr<Learner<T>> dense_learner(const Kernels<T>&, ptrdiff_t W, ptrdiff_t b,
                                                             ptrdiff_t units, ptrdiff_t features,
                                                             Function f);
template <class T> std::unique_ptr<Learner<T>> activation_learner(Function f, ptrdiff_t width);
template <class T>
std::unique_ptr<Learner<T>> transformation_learner(std::shared_ptr<Formula<T>>, std::vector<ptrdiff_t> inputs,
                                                   std::vector<ptrdiff_t> outputs, ptrdiff_t width);
template <class T> std::unique_ptr<Learner<T>> convolution_learner(const Windows&, ptrdiff_t W, ptrdiff_t b,
                                                                   ptrdiff_t filters, Function f);
template <class T> std::unique_ptr<Learner<T>> max_pool_learner(const Windows&);
// `each` ids a step, looked up in the table at W, or in a fixed one (ids, units) that is not trained.
template <class T> std::unique_ptr<Learner<T>> embedding_learner(ptrdiff_t W, const T* fixed,
                                                                 ptrdiff_t ids, ptrdiff_t units,
                                                                 ptrdiff_t each);
// The same numbers; lengths end here where `keeps_steps` is false.
template <class T> std::unique_ptr<Learner<T>> same_learner(ptrdiff_t width, bool keeps_steps);
template <class T> std::unique_ptr<Learner<T>> last_step_learner(ptrdiff_t width);
// Dropout by the mask of a slot: what is kept is divided by `kept`.
template <class T> std::unique_ptr<Learner<T>> dropout_learner(ptrdiff_t width, double kept, int slot);
template <class T>
std::unique_ptr<Learner<T>> recurrent_learner(const Kernels<T>&, const std::vector<CellPlaces<T>>& ways,
                                              bool reverse, Merge merge, bool return_sequences);
template <class T>
std::unique_ptr<Learner<T>> bidirectional_learner(Chain<T> forward, Chain<T> reverse, Merge merge,
                                                  ptrdiff_t features, ptrdiff_t width);

}  // namespace netspec
