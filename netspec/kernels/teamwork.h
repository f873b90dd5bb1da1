// A pass over time by several threads together, where there are few events and many weights (team.h).

#pragma once

#include <algorithm>
#include <atomic>

#include "pool.h"
#include "stage.h"

namespace netspec {

// Passes without a team after one whose members waited long: twice as many each time that goes on.
constexpr int REST = 100, LONGEST_REST = 100000;

// Several threads on the same events of a pass, a Sweep or a SweepBack; false, and nothing was done, where
// they are not to be had, or not worth it. Where members had to wait long, other programs want the
// processors: the next passes do without a team.
template <class T, class S>
bool as_a_team(void (*sweep)(const Cell<T>&, const S&), const Cell<T>& cell, const S& pass, int threads) {
    if (threads < 2 || !worth_a_team(cell.gates() * cell.units * cell.units, pass.events)) return false;
    static std::atomic<int> rest{0}, next_rest{REST};
    const int members = std::min(threads, processors());
    if (members < 2) return false;
    if (rest.load(std::memory_order_relaxed) > 0) {
        rest.fetch_sub(1, std::memory_order_relaxed);
        return false;
    }
    struct Job {
        void (*sweep)(const Cell<T>&, const S&);
        const Cell<T>& cell;
        const S& pass;
        Team team;
    } job{sweep, cell, pass, {members, 0, 0, 0, 0}};
    auto work = [](void* context, int member) {
        auto& job = *static_cast<Job*>(context);
        S own = job.pass;
        own.team = &job.team;
        own.member = member;
        job.sweep(job.cell, own);
    };
    if (!together(members, work, &job)) return false;
    const int now = next_rest.load(std::memory_order_relaxed);
    if (job.team.long_waits > 0) rest.store(now, std::memory_order_relaxed);
    next_rest.store(job.team.long_waits > 0 ? std::min(2 * now, LONGEST_REST) : REST,
                    std::memory_order_relaxed);
    return true;
}

}  // namespace netspec
