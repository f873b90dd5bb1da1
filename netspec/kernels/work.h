// What work costs, in multiplications, and when it is worth a thread.

#pragma once

namespace netspec {

constexpr double FUNCTION_WORK = 16;    // a function of one number
constexpr double CELL_WORK = 24;        // the functions of a cell, for each of its gates
constexpr double WORTH_A_THREAD = 1e6;  // some 16 microseconds, what waking a thread may cost

// Threads for so much work.
inline int worth(int threads, double work) { return work < WORTH_A_THREAD || threads < 1 ? 1 : threads; }

}  // namespace netspec
