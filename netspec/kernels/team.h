// Threads that compute one sweep together: which outputs are whose, and where all meet.
//
// One event through a large layer reads megabytes of weights at every step. Members share out the
// panels of each product and the units of each state; what one wrote the others may read once all
// have met. Sweep and SweepBack have the same two fields, `team` and `member`.

#pragma once

#include <sched.h>
#include <time.h>

#include "product.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int PATIENCE = 20000;         // looks at the others: some ten microseconds
constexpr double LONG_WAIT = 0.0005;    // seconds: nobody computes so long, somebody else is running

INLINE double seconds() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// The part of 0 ... count that is a member's.
struct Share {
    ptrdiff_t first, end;
};

template <class S> INLINE Share share_of(const S& s, ptrdiff_t count) {
    if (!s.team) return {0, count};
    return {count * s.member / s.team->members, count * (s.member + 1) / s.team->members};
}

// Units, in whole vectors.
template <class T, class S> INLINE Share units_of(const S& s, ptrdiff_t units) {
    Share vectors_of = share_of(s, vectors<T>(units));
    ptrdiff_t end = vectors_of.end * LANES<T>;
    return {vectors_of.first * LANES<T>, end < units ? end : units};
}

// Come back when every member has come here. A member that waits long lets others run; only the first
// two meetings may well be late, since a thread has to wake up.
template <class S> INLINE void meet(const S& s) {
    if (!s.team) return;
    Team& team = *s.team;
    int round = __atomic_load_n(&team.round, __ATOMIC_ACQUIRE);
    if (__atomic_add_fetch(&team.arrived, 1, __ATOMIC_ACQ_REL) == team.members) {
        __atomic_store_n(&team.arrived, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&team.round, round + 1, __ATOMIC_RELEASE);
        return;
    }
    for (int spins = 0; spins < PATIENCE; spins++)
        if (__atomic_load_n(&team.round, __ATOMIC_ACQUIRE) != round) return;
    const double began = seconds();
    while (__atomic_load_n(&team.round, __ATOMIC_ACQUIRE) == round) sched_yield();
    if (round > 1 && seconds() - began > LONG_WAIT)
        __atomic_add_fetch(&team.long_waits, 1, __ATOMIC_RELAXED);
}

// Where a member had to wait long, other programs want the processors: the first member says so before
// all meet at the end of a step, so that all know it after, and goes on alone.
template <class S> INLINE void dissolve_if_slow(const S& s) {
    if (s.team && s.member == 0 && __atomic_load_n(&s.team->long_waits, __ATOMIC_RELAXED))
        __atomic_store_n(&s.team->dissolved, 1, __ATOMIC_RELAXED);
}
template <class S> INLINE bool is_dissolved(const S& s) {
    return s.team && __atomic_load_n(&s.team->dissolved, __ATOMIC_RELAXED);
}

template <class S> INLINE bool leads(const S& s) { return !s.team || s.member == 0; }

}  // namespace NETSPEC_PATH
}  // namespace netspec
