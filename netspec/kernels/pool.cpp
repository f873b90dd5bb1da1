// The pool: a caller publishes a job; whoever is awake takes its parts one by one.
//
// `ticket` holds the number of the job and the next free part. A part is taken by a compare-exchange
// on both, so that a thread that comes late, when its job is done and another one has been published,
// takes nothing of the old one; and a job that is done is closed before anything of the next one is
// written, so that nobody takes its last ticket for one of the next. A worker that finds nothing spins
// for a while, since waking a thread costs more than many jobs last, and then sleeps.
//
// After fork() the child has no workers: it forgets the pool and makes its own.

#include "pool.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

#include "float_mode.h"

namespace netspec {
namespace {

constexpr uint64_t CLOSED = 0x7fffffff;  // no part has this number
constexpr auto SPIN = std::chrono::microseconds(50);

inline void pause() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// The processor that this thread runs on, or -1.
int processor() {
#if defined(__linux__)
    return sched_getcpu();
#else
    return -1;
#endif
}

// Move to another processor than this one, if the thread is there: a system likes to wake a thread
// where its waker runs, and leaves it there for milliseconds, though others are idle.
void leave([[maybe_unused]] int taken) {
#if defined(__linux__)
    cpu_set_t all;
    if (taken < 0 || sched_getcpu() != taken || sched_getaffinity(0, sizeof all, &all) != 0) return;
    cpu_set_t others = all;
    CPU_CLR(taken, &others);
    if (CPU_COUNT(&others) == 0) return;
    sched_setaffinity(0, sizeof others, &others);
    sched_setaffinity(0, sizeof all, &all);
#endif
}

class Pool {
   public:
    // False, and nothing was done, where another caller's job is under way or threads are missing.
    bool run(int threads, int parts, void (*work)(void*, int), void* context, bool all_threads) {
        std::unique_lock<std::mutex> mine(busy_, std::try_to_lock);
        if (!mine) return false;
        if (threads > parts) threads = parts;
        grow(threads - 1);
        if (workers_ < (all_threads ? threads - 1 : 1)) return false;
        work_.store(work, std::memory_order_relaxed);
        context_.store(context, std::memory_order_relaxed);
        finished_.store(0, std::memory_order_relaxed);
        allowed_.store(threads - 1, std::memory_order_relaxed);
        parts_.store(parts, std::memory_order_release);
        caller_.store(processor(), std::memory_order_relaxed);
        uint64_t job = (ticket_.load(std::memory_order_relaxed) >> 32) + 1;
        ticket_.store(job << 32, std::memory_order_seq_cst);
        if (sleeping_.load(std::memory_order_seq_cst)) {
            { std::lock_guard<std::mutex> lock(sleep_); }
            wake_.notify_all();
        }
        while (take()) {
        }
        for (int spins = 0; finished_.load(std::memory_order_acquire) < parts; spins++) {
            if (spins < 10000) pause();
            else std::this_thread::yield();
        }
        ticket_.store(job << 32 | CLOSED, std::memory_order_release);
        return true;
    }

   private:
    // So many workers, or as many as the system gives.
    void grow(int workers) {
        try {
            for (; workers_ < workers; workers_++) {
                int number = workers_;
                std::thread([this, number] { wait_for_work(number); }).detach();
            }
        } catch (const std::exception&) {
        }
    }

    void wait_for_work(int number) {
        FloatMode::set(FloatMode::ours());
        while (true) {
            if (number < allowed_.load(std::memory_order_relaxed) && take()) continue;
            auto begin = std::chrono::steady_clock::now();
            bool found = false;
            while (!found && std::chrono::steady_clock::now() - begin < SPIN)
                for (int i = 0; i < 32 && !(found = open(number)); i++) pause();
            if (found) continue;
            std::unique_lock<std::mutex> lock(sleep_);
            sleeping_.fetch_add(1, std::memory_order_seq_cst);
            wake_.wait(lock, [&] { return open(number); });
            sleeping_.fetch_sub(1, std::memory_order_seq_cst);
            lock.unlock();
            leave(caller_.load(std::memory_order_relaxed));
        }
    }

    // Whether there is a part that this worker may take.
    bool open(int number) const {
        return number < allowed_.load(std::memory_order_relaxed) &&
               static_cast<int>(ticket_.load(std::memory_order_seq_cst) & 0xffffffff) <
                   parts_.load(std::memory_order_acquire);
    }

    // Take a part and do it; false where none is left.
    bool take() {
        uint64_t ticket = ticket_.load(std::memory_order_acquire);
        while (true) {
            auto* work = work_.load(std::memory_order_relaxed);
            void* context = context_.load(std::memory_order_relaxed);
            int part = static_cast<int>(ticket & 0xffffffff);
            if (part >= parts_.load(std::memory_order_acquire)) return false;
            if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel)) continue;
            work(context, part);
            finished_.fetch_add(1, std::memory_order_release);
            return true;
        }
    }

    std::mutex busy_, sleep_;
    std::condition_variable wake_;
    int workers_ = 0;
    std::atomic<uint64_t> ticket_{CLOSED};
    std::atomic<void (*)(void*, int)> work_{nullptr};
    std::atomic<void*> context_{nullptr};
    std::atomic<int> parts_{0}, finished_{0}, allowed_{0}, sleeping_{0}, caller_{-1};
};

// Never destroyed: workers may still wait in it when the process ends.
std::atomic<Pool*> pool{nullptr};

Pool& the_pool() {
    static std::once_flag forks;
    std::call_once(forks, [] { pthread_atfork(nullptr, nullptr, [] { pool.store(nullptr); }); });
    Pool* found = pool.load();
    if (!found) {
        auto* mine = new Pool;
        if (pool.compare_exchange_strong(found, mine)) return *mine;
        delete mine;
    }
    return *found;
}

}  // namespace

void in_parallel(int threads, int parts, void (*work)(void* context, int part), void* context) {
    FloatMode mode;
    if (threads > 1 && parts > 1 && the_pool().run(threads, parts, work, context, false)) return;
    for (int part = 0; part < parts; part++) work(context, part);
}

bool together(int members, void (*work)(void* context, int member), void* context) {
    FloatMode mode;
    return the_pool().run(members, members, work, context, true);
}

int processors() {
#if defined(__linux__)
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
    int count = static_cast<int>(std::thread::hardware_concurrency());
    return count > 0 ? count : 1;
}

}  // namespace netspec
