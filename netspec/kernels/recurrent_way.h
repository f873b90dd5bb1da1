// One direction of a recurrent layer while it is trained: its weights, its tape, there and back.

#pragma once

#include <algorithm>

#include "learner.h"
#include "rows.h"
#include "teamwork.h"
#include "work.h"

namespace netspec {

template <class T> class RecurrentWay {
   public:
    RecurrentWay(const Kernels<T>& kernels, const CellPlaces<T>& places)
        : kernels_(kernels), p_(places), gates_(gates_of(places.kind)), gru_(places.kind == CellKind::gru) {
        const ptrdiff_t n = units(), first = first_gates() * n;
        W_ = Repacked<T>(kernels, p_.W, gates_ * n, p_.features, false);
        U_ = Repacked<T>(kernels, p_.U, first, n, false);
        Ut_ = Repacked<T>(kernels, p_.U, first, n, true);
        if (gru_) {
            U_c_ = Repacked<T>(kernels, p_.U + first * n, n, n, false);
            Ut_c_ = Repacked<T>(kernels, p_.U + first * n, n, n, true);
        }
        for (const T* constant : p_.constant) constant_.emplace_back(constant, constant + n);
    }

    ptrdiff_t units() const { return p_.units; }
    ptrdiff_t features() const { return p_.features; }
    double work() const {
        const double n = static_cast<double>(units());
        return static_cast<double>(gates_) * n * (3 * (n + static_cast<double>(features())) + 2 * CELL_WORK);
    }

    void settle(bool slope_in_x) {
        if (slope_in_x) Wt_ = Repacked<T>(kernels_, p_.W, gates_ * units(), features(), true);
    }

    void pack(const T* weights, std::vector<Packing<T>>& packings) {
        weights_ = weights;
        for (const Repacked<T>* matrix : {&W_, &U_, &U_c_, &Ut_, &Ut_c_, &Wt_}) matrix->pack(weights, packings);
    }

    // Numbers of an output, and from one step to the next, where it has a place in a merged one.
    void prepare(Arena& memory, ptrdiff_t events, ptrdiff_t steps, bool own_output) {
        steps_ = steps;
        const ptrdiff_t n = units(), rows = events * steps;
        auto series = [&](bool wanted, ptrdiff_t width) {
            return wanted ? Series<T>{memory.numbers<T>(rows * width), steps * width, width} : Series<T>{};
        };
        tape_y_ = series(own_output, n);
        tape_gates_ = series(true, gates_ * n);
        tape_before_ = series(!(by_output(p_.gate) && by_output(p_.candidate)), gates_ * n);
        tape_cells_ = series(p_.kind == CellKind::lstm, n);
        tape_m_ = series(gru_, n);
        ds_ = series(gru_ && p_.reset_after, n);
        const ptrdiff_t room = events * n + kernels_.lanes;
        h0_ = memory.numbers<T>(room);
        c0_ = p_.kind == CellKind::lstm ? memory.numbers<T>(room) : nullptr;
        last_ = memory.numbers<T>(room);
        dh_ = memory.numbers<T>(room);
        dc_ = c0_ ? memory.numbers<T>(room) : nullptr;
    }

    // y (event, step, units) is where the outputs of the tile go; none: on the tape. Gives final h.
    const T* forward(const Tile<T>& tile, const T* x, Series<T> y, bool reverse) {
        Arena& arena = tile.arena;
        const Cell<T> cell = this->cell();
        const ptrdiff_t n = units(), at = tile.first * n;
        Sweep<T> s{};
        s.events = tile.count;
        s.steps = steps_;
        s.reverse = reverse;
        s.lengths = tile.lengths;
        s.drop = drop(tile);
        s.x = {x, steps_ * features(), features()};
        s.y = y ? y : of(tape_y_, tile);
        s.gates = of(tape_gates_, tile);
        s.before = of(tape_before_, tile);
        s.cells = of(tape_cells_, tile);
        s.m = of(tape_m_, tile);
        s.h = start(tile, h0_ + at, 0);
        if (c0_) s.c = start(tile, c0_ + at, 1);
        s.workspace = arena.numbers<T>(kernels_.sweep_workspace(cell, s.events, s.steps));
        if (!as_a_team(kernels_.sweep, cell, s, tile.threads)) kernels_.sweep(cell, s);
        std::copy(s.h, s.h + tile.count * n, last_ + at);
        if (!tile.finals.empty()) {
            finish(tile, s.h, 0);
            if (c0_) finish(tile, s.c, 1);
        }
        return s.h;
    }

    // dy (event, step, units), or none and `final`, (events, units) in dfinal, the slope in final h.
    void back(const Tile<T>& tile, Series<const T> y, Series<const T> dy, const T* final, bool reverse) {
        Arena& arena = tile.arena;
        const ptrdiff_t n = units(), at = tile.first * n, count = tile.count * n;
        Cell<T> cell = this->cell();
        SweepBack<T> s{};
        s.events = tile.count;
        s.steps = steps_;
        s.reverse = reverse;
        s.lengths = tile.lengths;
        s.drop = drop(tile);
        s.gates = constant(of(tape_gates_, tile));
        s.before = constant(of(tape_before_, tile));
        s.cells = constant(of(tape_cells_, tile));
        s.m = constant(of(tape_m_, tile));
        s.y = y ? y : constant(of(tape_y_, tile));
        if (tile.first == 0) y_ = s.y, lengths_ = tile.lengths, reverse_ = reverse, drop_ = s.drop;
        s.h0 = h0_ + at;
        s.c0 = c0_ ? c0_ + at : nullptr;
        s.dy = dy;
        s.dh = dh_ + at;
        s.dc = dc_ ? dc_ + at : nullptr;
        for (ptrdiff_t i = 0; i < count; i++) s.dh[i] = final ? T(0) + final[i] : T(0);
        if (s.dc) std::fill_n(s.dc, count, T(0));
        s.Ut = Ut_;
        s.Ut_c = gru_ ? Ut_c_ : Ut_;
        s.dz = of(tape_gates_, tile);  // over the gates
        s.ds = of(ds_, tile);
        s.workspace = arena.numbers<T>(kernels_.sweep_back_workspace(cell, s.events));
        if (!as_a_team(kernels_.sweep_back, cell, s, tile.threads)) kernels_.sweep_back(cell, s);
    }

    // dx, (events, steps, features), of the tile that went back last; added to what is there, or not.
    void slope_in_x(const Tile<T>& tile, T* dx, bool added) {
        const ptrdiff_t rows = tile.count * steps_, all = rows * features();
        T* own = added ? tile.arena.template numbers<T>(all) : dx;
        product_of_rows<T>(kernels_, of(tape_gates_, tile).at, rows, Wt_, nullptr, own);
        for (ptrdiff_t i = 0; added && i < all; i++) dx[i] = dx[i] + own[i];
    }

    void sum(Sums<T>& sums, const T* x) const {
        const ptrdiff_t n = units(), first = first_gates() * n;
        const Series<const T> dz = constant(tape_gates_), candidate{dz.at + first, dz.event, dz.step};
        auto& by_x = sums.outer(dz, gates_ * n, {x, steps_ * features(), features()}, features(), steps_, p_.W);
        if (p_.b != NOWHERE) by_x.sums = sums.g + p_.b;
        auto seen = [&](OuterSum<T>& s, bool state, ptrdiff_t gate) {
            s.lengths = lengths_ ? lengths_ + sums.first : nullptr;
            s.first = state ? h0_ + sums.first * n : nullptr;
            s.drop = state && drop_ ? drop_ + sums.first * n : nullptr;
            s.reverse = reverse_;
            if (p_.b_state != NOWHERE) s.sums = sums.g + p_.b_state + gate;
        };
        seen(sums.outer(dz, first, y_, n, steps_, p_.U), true, 0);
        if (gru_ && p_.reset_after) seen(sums.outer(constant(ds_), n, y_, n, steps_, p_.U + first * n), true, first);
        else if (gru_) seen(sums.outer(candidate, n, constant(tape_m_), n, steps_, p_.U + first * n), false, first);
        const T* slopes[] = {dh_, dc_};
        for (size_t which = 0; which < p_.learned.size(); which++)
            if (!from_caller_[which]) sums.plain({slopes[which], n, n}, n, 1, p_.learned[which]);
            else std::fill_n(sums.g + p_.learned[which], n, T(0));
    }

    // Told before the first tile of a call: which first states the caller gives.
    void begin(const std::vector<const T*>& states) {
        for (size_t which = 0; which < 2; which++)
            from_caller_[which] =
                which < p_.slots.size() && !states.empty() && states[slot(which)] != nullptr;
    }

    const T* outputs(const Tile<T>& tile) const { return of(tape_y_, tile).at; }
    const T* last(const Tile<T>& tile) const { return last_ + tile.first * units(); }

   private:
    ptrdiff_t first_gates() const { return gru_ ? 2 : gates_; }
    size_t slot(size_t which) const { return static_cast<size_t>(p_.slots[which]); }
    static Series<const T> constant(const Series<T>& s) { return {s.at, s.event, s.step}; }
    static Series<T> of(const Series<T>& s, const Tile<T>& tile) {
        return s ? Series<T>{s.at + tile.first * s.event, s.event, s.step} : s;
    }

    // What h is multiplied with before U sees it, or null.
    const T* drop(const Tile<T>& tile) const {
        if (p_.drop == NOWHERE || tile.drops.empty()) return nullptr;
        return tile.drops[static_cast<size_t>(p_.drop)] + tile.place * units();
    }

    Cell<T> cell() const {
        Cell<T> cell{};
        cell.kind = p_.kind;
        cell.units = p_.units;
        cell.gate = p_.gate;
        cell.candidate = p_.candidate;
        cell.cell = p_.cell;
        cell.forget_bias = static_cast<T>(p_.forget_bias);
        cell.reset_after = p_.reset_after;
        cell.W = W_;
        cell.b = p_.b == NOWHERE ? nullptr : weights_ + p_.b;
        cell.U = U_;
        cell.U_c = gru_ ? U_c_ : U_;
        cell.b_state = p_.b_state == NOWHERE ? nullptr : weights_ + p_.b_state;
        return cell;
    }

    // The first state of each event, kept in `first`: the caller's, the layer's own, or zeros.
    T* start(const Tile<T>& tile, T* first, size_t which) {
        const ptrdiff_t n = units(), count = tile.count * n;
        if (from_caller_[which]) {
            const T* given = tile.states[slot(which)] + tile.place * n;
            std::copy(given, given + count, first);
        } else {
            const T* own = which < p_.learned.size()  ? weights_ + p_.learned[which]
                           : which < constant_.size() ? constant_[which].data()
                                                      : nullptr;
            for (ptrdiff_t i = 0; i < count; i++) first[i] = own ? T(0) + own[i % n] : T(0);
        }
        T* state = tile.arena.template numbers<T>(count + kernels_.lanes);
        std::copy(first, first + count, state);
        return state;
    }

    void finish(const Tile<T>& tile, const T* state, size_t which) {
        std::copy(state, state + tile.count * units(), tile.finals[slot(which)] + tile.place * units());
    }

    const Kernels<T>& kernels_;
    CellPlaces<T> p_;
    ptrdiff_t gates_;
    bool gru_;
    Repacked<T> W_, U_, U_c_, Ut_, Ut_c_, Wt_;
    std::vector<std::vector<T>> constant_;
    const T* weights_ = nullptr;
    bool from_caller_[2] = {};
    // Of a wave.
    ptrdiff_t steps_ = 0;
    Series<const T> y_{};  // what U saw one step later
    const int64_t* lengths_ = nullptr;
    const T* drop_ = nullptr;
    bool reverse_ = false;
    Series<T> tape_y_{}, tape_gates_{}, tape_before_{}, tape_cells_{}, tape_m_{}, ds_{};
    T *h0_ = nullptr, *c0_ = nullptr, *last_ = nullptr, *dh_ = nullptr, *dc_ = nullptr;
};

}  // namespace netspec
