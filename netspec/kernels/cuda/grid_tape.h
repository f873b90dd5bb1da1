// What an item of a step backwards asks of the tape, on its way to shared memory.
//
// Field k of item i is fields[k ITEMS + i]: the gates after their activation (rnn: h), dy, and what the
// cell asks for beside them. What was there a step earlier is the first state where the pass began.

#pragma once

#include "cell_back.h"
#include "grid.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int GATES = CELL == RNN ? 1 : CELL == LSTM ? 4 : 3;
constexpr int LAST = CELL == GRU ? 2 : GATES;  // gates whose product comes last
constexpr int MEETINGS = CELL == GRU && !RESET_AFTER ? 2 : 1;  // of a step
constexpr int DY = GATES, EARLIER = GATES + 1, OWN_C = GATES + 2, M = GATES + 2;
constexpr int FIELDS = CELL == RNN ? 2 : CELL == LSTM ? 7 : RESET_AFTER ? 6 : 5;

struct Tape {
    const T *gates, *cells, *m, *y, *h0, *c0, *dy;
    const int64_t* lengths;
    int64_t steps, n;
    bool reverse;

    // Unit j of an event at t, where that step is valid.
    __device__ __forceinline__ void send_for(T* own, int64_t event, int64_t t, int64_t j) const {
        const int64_t at = event * steps + t, valid = lengths ? lengths[event] : steps;
        const bool begins = t == (reverse ? valid - 1 : 0);
        const int64_t earlier = (at + (reverse ? 1 : -1)) * n + j;
        const auto bring = [&](int field, const T* from) {
            copy_async<sizeof(T)>(own + field * ITEMS, from);
        };
        if (dy) bring(DY, dy + at * n + j);
        else own[DY * ITEMS] = 0;
        if constexpr (CELL == RNN) bring(0, y + at * n + j);
        else {
#pragma unroll
            for (int gate = 0; gate < GATES; gate++) bring(gate, gates + at * (GATES * n) + gate * n + j);
        }
        if constexpr (CELL == LSTM) {
            bring(OWN_C, cells + at * n + j);
            bring(EARLIER, begins ? c0 + event * n + j : cells + earlier);
        } else if constexpr (CELL == GRU) {
            bring(EARLIER, begins ? h0 + event * n + j : y + earlier);
            if (RESET_AFTER) bring(M, m + at * n + j);
        }
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
