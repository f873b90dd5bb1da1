// Threads that wait for work: started once, shared by all networks of a process.

#pragma once

#include <atomic>
#include <new>

namespace netspec {

// Run work(context, part) for part = 0 ... parts - 1 on up to `threads` threads, the caller's among
// them, and come back when all are done. Who computes a part has no influence on what it gives.
// Where the pool is busy with another caller's work, or no thread is to be had, the caller computes
// everything. Every thread computes in FloatMode::ours().
void in_parallel(int threads, int parts, void (*work)(void* context, int part), void* context);

// Run work(context, member) for member = 0 ... members - 1, all at the same time, so that they may wait
// for each other. False, and nothing was run, where so many threads are not to be had now.
bool together(int members, void (*work)(void* context, int member), void* context);

// in_parallel for a function object. Where a part finds no memory, so does the call.
template <class F> void in_parallel(int threads, int parts, F&& work) {
    struct Job {
        F& work;
        std::atomic<bool> failed{false};
    } job{work};
    in_parallel(
        threads, parts,
        [](void* context, int part) {
            auto& job = *static_cast<Job*>(context);
            try {
                job.work(part);
            } catch (...) {
                job.failed = true;
            }
        },
        &job);
    if (job.failed) throw std::bad_alloc();
}

// Processors that this process may use.
int processors();

}  // namespace netspec
