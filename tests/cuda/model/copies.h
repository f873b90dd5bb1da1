// Copies that nobody waits for, until somebody does: they arrive as late as they may.

#pragma once

#include "threads.h"

namespace gpu_model {

void copy_later(void* shared, const void* global, int bytes, const char* file, int line) {
    Thread& thread = me();
    const uintptr_t to = reinterpret_cast<uintptr_t>(shared);
    const uintptr_t from = reinterpret_cast<uintptr_t>(global);
    if (to % static_cast<unsigned>(bytes) || from % static_cast<unsigned>(bytes))
        fail("a copy's address is not aligned", file, line);
    const uintptr_t start = reinterpret_cast<uintptr_t>(thread.shared);
    if (to < start || to + static_cast<unsigned>(bytes) > start + launch->shared)
        fail("a copy goes to what is not the block's shared memory", file, line);
    unsigned char looked[16];
    std::memcpy(looked, global, static_cast<size_t>(bytes));
    asm volatile("" ::"r"(looked) : "memory");
    // From now on the bytes may arrive at any time.
    for (int i = 0; i < bytes; i += 4) std::memcpy(static_cast<char*>(shared) + i, &GARBAGE, 4);
    thread.copies.push_back({shared, global, bytes});
}

void end_copies() { me().groups.push_back(me().copies.size()); }

void wait_for_copies(int groups) {
    Thread& thread = me();
    const size_t closed = thread.groups.size();
    if (closed <= static_cast<size_t>(groups)) return;
    const size_t ended = closed - static_cast<size_t>(groups), count = thread.groups[ended - 1];
    for (size_t i = 0; i < count; i++) {
        const Copy& copy = thread.copies[i];
        std::memcpy(copy.to, copy.from, static_cast<size_t>(copy.bytes));
    }
    thread.copies.erase(thread.copies.begin(), thread.copies.begin() + static_cast<ptrdiff_t>(count));
    thread.groups.erase(thread.groups.begin(), thread.groups.begin() + static_cast<ptrdiff_t>(ended));
    for (size_t& end : thread.groups) end -= count;
}

}  // namespace gpu_model
