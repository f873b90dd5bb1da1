// Threads of a block, or of a warp, wait until all are there.

#pragma once

#include "threads.h"

namespace gpu_model {
namespace {

void wait_at(State state, const char* file, int line) {
    Thread& thread = me();
    thread.state = state;
    thread.file = file;
    thread.line = line;
    events++;
}

// Whether the warp is complete; if so its other threads may go on.
bool meet(unsigned mask, const char* file, int line) {
    if (mask != 0xffffffffu) fail("the mask of a warp is not full", file, line);
    Thread& thread = me();
    Warp& warp = thread.home->warps[thread.number / 32];
    const unsigned first = thread.number / 32 * 32;
    warp.arrived |= 1u << thread.number % 32;
    wait_at(AT_WARP, file, line);
    if (warp.arrived != warp.present) return false;
    warp.arrived = 0;
    for (unsigned i = first; i < first + 32 && i < thread.home->threads.size(); i++) {
        Thread& other = thread.home->threads[i];
        if (other.line != line || other.file != file) {
            say("threads of one warp meet at %s:%d and at %s:%d", base(other.file), other.line,
                base(file), line);
            leave();
        }
        other.state = READY;
    }
    return true;
}

void describe_stop(const std::vector<Block>& blocks) {
    for (const Block& block : blocks)
        for (const Thread& thread : block.threads)
            if (thread.state == AT_BARRIER || thread.state == AT_WARP) {
                unsigned with = 0;
                for (const Thread& other : block.threads)
                    with += other.state == thread.state && other.line == thread.line;
                say("the threads of block (%u, %u, %u) went different ways: %u of %zu wait at the %s "
                    "of %s:%d, such as (%u, %u, %u), and the others never come", thread.block.x,
                    thread.block.y, thread.block.z, with, block.threads.size(),
                    thread.state == AT_BARRIER ? "barrier" : "warp's meeting", base(thread.file),
                    thread.line, thread.thread.x, thread.thread.y, thread.thread.z);
                return;
            }
}

}  // namespace

void barrier(const char* file, int line) {
    Thread& thread = me();
    Block& block = *thread.home;
    wait_at(AT_BARRIER, file, line);
    block.arrived++;
    if (block.done)
        say("a thread of block (%u, %u, %u) waits at the barrier of %s:%d, and others have returned",
            thread.block.x, thread.block.y, thread.block.z, base(file), line);
    if (block.arrived == block.threads.size()) {
        for (Thread& other : block.threads) {
            if (other.line != line || other.file != file)
                say("threads of one block wait at the barriers of %s:%d and %s:%d", base(other.file),
                    other.line, base(file), line);
            other.state = READY;
        }
        block.arrived = 0;
    }
    leave();
}

void warp_barrier(unsigned mask, const char* file, int line) {
    if (!meet(mask, file, line)) leave();
}

Exchange exchange(unsigned mask, uint64_t value, const char* file, int line) {
    Thread& thread = me();
    Warp& warp = thread.home->warps[thread.number / 32];
    // Two sets: who leaves the next value may be ahead of who still reads this one.
    uint64_t* values = warp.values[thread.meetings++ % 2];
    values[thread.number % 32] = value;
    warp_barrier(mask, file, line);
    return {values, warp.present, thread.number % 32};
}

}  // namespace gpu_model
