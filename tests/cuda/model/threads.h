// What the machine knows of each thread, warp and block, and what it tells of a launch that fails.

#pragma once

#include "machine.h"

#include <cfenv>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

#include "fibers.h"

namespace gpu_model {
namespace {

enum State : unsigned char { READY, AT_BARRIER, AT_WARP, DONE };

struct Copy { void* to; const void* from; int bytes; };
struct Block;

struct Thread : Running {
    Flow flow;
    Block* home;
    State state;
    unsigned number;
    unsigned meetings;  // of its warp, so far
    const char* file;
    int line;
    std::vector<Copy> copies;
    std::vector<size_t> groups;  // where each closed group of copies ends
};

struct Warp { unsigned arrived = 0, present = 0; uint64_t values[2][32]; };

struct Block {
    std::vector<Thread> threads;
    std::vector<unsigned> order;
    std::vector<Warp> warps;
    unsigned char* memory = nullptr;
    unsigned arrived = 0, done = 0;
};

struct Launch {
    void (*call)(const uint64_t*);
    const uint64_t* args;
    unsigned grid[3], block[3];
    size_t shared;
    int cooperative;
    uint64_t seed;
};

const Launch* launch;
Flow scheduler;
std::vector<unsigned char*> stacks;
uint64_t events, state_of_chance;
char said[1024];

Thread& me() { return *static_cast<Thread*>(current); }

const char* base(const char* file) {
    const char* slash = std::strrchr(file, '/');
    return slash ? slash + 1 : file;
}

void say(const char* form, ...) {
    if (said[0]) return;
    va_list rest;
    va_start(rest, form);
    std::vsnprintf(said, sizeof said, form, rest);
    va_end(rest);
}

uint64_t chance() {
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;
    return state_of_chance;
}

enum Way { FORWARD, BACKWARD, SHUFFLED };
Way way() { return static_cast<Way>(launch->seed % 3); }

void put_in_order(std::vector<unsigned>& order) {
    for (size_t i = 0; i < order.size(); i++)
        order[i] = static_cast<unsigned>(way() == BACKWARD ? order.size() - 1 - i : i);
    if (way() == SHUFFLED)
        for (size_t i = order.size(); i > 1; i--) std::swap(order[i - 1], order[chance() % i]);
}

void leave() {
    Thread& thread = me();
    change(thread.flow, scheduler);
    current = &thread;
}

}  // namespace

void give_way() { leave(); }
void has_written() { events++; }
void dawdle() {
    if (way() == SHUFFLED && launch->cooperative && chance() % 8 == 0)
        for (uint64_t rounds = chance() % 4 + 1; rounds; rounds--) leave();
}

void fail(const char* what, const char* file, int line) {
    const Thread& thread = me();
    say("%s:%d: %s, of thread (%u, %u, %u) of block (%u, %u, %u)", base(file), line, what,
        thread.thread.x, thread.thread.y, thread.thread.z, thread.block.x, thread.block.y,
        thread.block.z);
    for (;;) leave();
}

}  // namespace gpu_model
