// The machine that runs a grid of threads on one processor, one thread at a time.
//
// A thread runs until it waits; then the next one runs, in an order that the seed chooses: forward,
// backward, or shuffled anew each round. A launch ends well, or with one line that says why not.

#include "machine.h"

#include <csetjmp>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

#include "fibers.h"

namespace gpu_model {

Running* current = nullptr;
Index block_size, grid_size;

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
sigjmp_buf escape;
constexpr size_t MOST_ALIVE = 16384;  // threads: each stack takes two of the system's mappings
constexpr int PATIENCE = 200;         // rounds in which nobody does anything that others wait for

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

void put_in_order(std::vector<unsigned>& order) {
    const uint64_t way = launch->seed % 3;
    for (size_t i = 0; i < order.size(); i++)
        order[i] = static_cast<unsigned>(way == 1 ? order.size() - 1 - i : i);
    if (way == 2)
        for (size_t i = order.size(); i > 1; i--) std::swap(order[i - 1], order[chance() % i]);
}

void leave() {
    Thread& thread = me();
    change(thread.flow, scheduler);
    current = &thread;
}

void body() {
    launch->call(launch->args);
    Thread& thread = me();
    thread.state = DONE;
    events++;
    Block& block = *thread.home;
    block.done++;
    if (block.arrived)
        for (Thread& other : block.threads)
            if (other.state == AT_BARRIER) {
                say("thread (%u, %u, %u) of block (%u, %u, %u) has returned, while others wait for it at "
                    "the barrier of %s:%d", thread.thread.x, thread.thread.y, thread.thread.z,
                    thread.block.x, thread.block.y, thread.block.z, base(other.file), other.line);
                break;
            }
    change(thread.flow, scheduler);
}

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
                say("the threads of block (%u, %u, %u) went different ways: %u of %zu wait at the %s of "
                    "%s:%d, such as (%u, %u, %u), and the others never come", thread.block.x,
                    thread.block.y, thread.block.z, with, block.threads.size(),
                    thread.state == AT_BARRIER ? "barrier" : "warp's meeting", base(thread.file),
                    thread.line, thread.thread.x, thread.thread.y, thread.thread.z);
                return;
            }
}

void prepare(Block& block, Index index, unsigned char* shared, size_t first_stack) {
    const unsigned size = block_size.x * block_size.y * block_size.z;
    block.threads.resize(size);
    block.order.resize(size);
    block.warps.assign((size + 31) / 32, Warp{});
    block.arrived = block.done = 0;
    block.memory = shared;
    const uint64_t noise = (chance() & 0xff) * 0x0000000100000001ull;  // no two blocks alike
    for (size_t i = 0; i < (launch->shared + 15) / 16 * 2; i++) {
        const uint64_t word = GARBAGE ^ noise;
        std::memcpy(shared + 8 * i, &word, 8);
    }
    for (unsigned i = 0; i < size; i++) {
        Thread& thread = block.threads[i];
        thread.thread = {i % block_size.x, i / block_size.x % block_size.y,
                         i / block_size.x / block_size.y};
        thread.block = index;
        thread.shared = shared;
        thread.home = &block;
        thread.state = READY;
        thread.number = i;
        thread.meetings = 0;
        thread.copies.clear();
        thread.groups.clear();
        block.warps[i / 32].present |= 1u << i % 32;
        begin(thread.flow, stacks[first_stack + i], body);
    }
}

void run(std::vector<Block>& blocks) {
    std::vector<unsigned> turn(blocks.size());
    int idle = 0;
    for (;;) {
        const uint64_t before = events;
        bool anyone = false;
        size_t done = 0, all = 0;
        put_in_order(turn);
        for (unsigned which : turn) {
            Block& block = blocks[which];
            put_in_order(block.order);
            for (unsigned number : block.order) {
                Thread& thread = block.threads[number];
                if (thread.state != READY) continue;
                anyone = true;
                current = &thread;
                change(scheduler, thread.flow);
                current = nullptr;
                if (said[0]) return;
            }
            done += block.done;
            all += block.threads.size();
        }
        if (done == all) return;
        if (!anyone) return describe_stop(blocks);
        idle = events == before ? idle + 1 : 0;
        if (idle > PATIENCE)
            return say("every thread waits for what another block should write%s",
                       launch->cooperative ? "" : ": wanted a cooperative launch");
    }
}

// What the processor refuses

void refused(int signal, siginfo_t* info, void* context) {
    if (!current) {
        std::signal(signal, SIG_DFL);
        return;
    }
    const char *what = "touched memory that is not its own,", *way = "";
    if (signal == SIGILL)
        what = "read or wrote past an array's end, or at an address that is not aligned";
    if (signal == SIGFPE) what = "divided a whole number by zero";
    void* place = nullptr;  // of the instruction
#if defined(__x86_64__)
    const greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    way = registers[REG_ERR] & 2 ? " writing" : " reading";
    place = reinterpret_cast<void*>(registers[REG_RIP]);
#elif defined(__aarch64__)
    place = reinterpret_cast<void*>(static_cast<ucontext_t*>(context)->uc_mcontext.pc);
#endif
    char where[100] = "";
    if (signal == SIGSEGV || signal == SIGBUS) {
        const uintptr_t at = reinterpret_cast<uintptr_t>(info->si_addr);
        const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
        const uintptr_t past = at - reinterpret_cast<uintptr_t>(current->shared) - launch->shared;
        std::snprintf(where, sizeof where, "%s address=%p", way, info->si_addr);
        if (past < page)
            std::snprintf(where, sizeof where, "%s %zu bytes behind the end of its block's shared memory",
                          way, size_t{past});
        for (unsigned char* stack : stacks)
            if (at + page - reinterpret_cast<uintptr_t>(stack) < page) {
                what = "used up its stack";
                where[0] = 0;
            }
    }
    say("thread (%u, %u, %u) of block (%u, %u, %u) %s%s place=%p", current->thread.x, current->thread.y,
        current->thread.z, current->block.x, current->block.y, current->block.z, what, where, place);
    siglongjmp(escape, 1);
}

struct Watch {
    static constexpr int SIGNALS[4] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    struct sigaction before[4];
    stack_t stack_before;
    static unsigned char* room() {
        static unsigned char memory[65536];
        return memory;
    }
    Watch() {
        stack_t stack = {};
        stack.ss_sp = room();
        stack.ss_size = 65536;
        sigaltstack(&stack, &stack_before);
        struct sigaction action = {};
        action.sa_sigaction = refused;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        for (int i = 0; i < 4; i++) sigaction(SIGNALS[i], &action, &before[i]);
    }
    ~Watch() {
        for (int i = 0; i < 4; i++) sigaction(SIGNALS[i], &before[i], nullptr);
        sigaltstack(&stack_before, nullptr);
    }
};
constexpr int Watch::SIGNALS[4];

void run_grid(unsigned char* shared, size_t room) {
    const size_t blocks = size_t{1} * grid_size.x * grid_size.y * grid_size.z;
    const size_t size = size_t{1} * block_size.x * block_size.y * block_size.z;
    const size_t together = launch->cooperative ? blocks : 1;
    static std::vector<Block> alive;  // a jump out of a thread must not skip a destructor
    alive.resize(together);
    while (stacks.size() < together * size) {
        unsigned char* stack = guarded(STACK);
        if (!stack) return say("the model has no memory for the stacks of %zu threads", together * size);
        stacks.push_back(stack);
    }
    std::vector<unsigned> turn(blocks);
    put_in_order(turn);
    for (size_t first = 0; first < blocks && !said[0]; first += together) {
        for (size_t i = 0; i < together; i++) {
            const unsigned n = launch->cooperative ? static_cast<unsigned>(i) : turn[first];
            const Index index = {n % grid_size.x, n / grid_size.x % grid_size.y, n / grid_size.x / grid_size.y};
            prepare(alive[i], index, shared + i * room + room - (launch->shared + 15) / 16 * 16, i * size);
        }
        run(alive);
    }
}

}  // namespace

void barrier(const char* file, int line) {
    Thread& thread = me();
    Block& block = *thread.home;
    wait_at(AT_BARRIER, file, line);
    block.arrived++;
    if (block.done)
        say("a thread of block (%u, %u, %u) waits at the barrier of %s:%d, after others have returned",
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

void copy_later(void* shared, const void* global, int bytes, const char* file, int line) {
    Thread& thread = me();
    const uintptr_t to = reinterpret_cast<uintptr_t>(shared), from = reinterpret_cast<uintptr_t>(global);
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
    for (size_t i = 0; i < count; i++)
        std::memcpy(thread.copies[i].to, thread.copies[i].from, static_cast<size_t>(thread.copies[i].bytes));
    thread.copies.erase(thread.copies.begin(), thread.copies.begin() + static_cast<ptrdiff_t>(count));
    thread.groups.erase(thread.groups.begin(), thread.groups.begin() + static_cast<ptrdiff_t>(ended));
    for (size_t& end : thread.groups) end -= count;
}

void give_way() { leave(); }
void has_written() { events++; }

void fail(const char* what, const char* file, int line) {
    const Thread& thread = me();
    say("%s:%d: %s, of thread (%u, %u, %u) of block (%u, %u, %u)", base(file), line, what, thread.thread.x,
        thread.thread.y, thread.thread.z, thread.block.x, thread.block.y, thread.block.z);
    for (;;) leave();
}

extern "C" {

__attribute__((visibility("default"))) unsigned char* gpu_model_memory(size_t bytes) {
    return guarded(bytes);
}
__attribute__((visibility("default"))) void gpu_model_free(unsigned char* inside, size_t bytes) {
    release(inside, bytes);
}

// 0, or 1 and a line in `message`.
__attribute__((visibility("default"))) int gpu_model_launch(const void* wanted, char* message, size_t room) {
    launch = static_cast<const Launch*>(wanted);
    grid_size = {launch->grid[0], launch->grid[1], launch->grid[2]};
    block_size = {launch->block[0], launch->block[1], launch->block[2]};
    state_of_chance = launch->seed * 0x9e3779b97f4a7c15ull + 0x2545f4914f6cdd1dull;
    said[0] = 0;
    events = 0;
    const size_t blocks = size_t{1} * grid_size.x * grid_size.y * grid_size.z;
    const size_t alive = (launch->cooperative ? blocks : 1) * block_size.x * block_size.y * block_size.z;
    if (alive > MOST_ALIVE) {
        std::snprintf(message, room, "the model runs %zu threads at once, found %zu", MOST_ALIVE, alive);
        return 1;
    }
    // Every block's shared memory ends at the start of a page; the last one's nobody may touch.
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t each = (launch->shared + page - 1) / page * page;
    const size_t stride = each + page, whole = (launch->cooperative ? blocks : 1) * stride;
    static unsigned char* memory;
    memory = guarded(whole);
    if (!memory) {
        std::snprintf(message, room, "the model has no memory for %zu bytes", whole);
        return 1;
    }
    for (size_t at = 0; at < whole; at += stride) mprotect(memory + at + each, page, PROT_NONE);
    {
        static Watch* watch;
        watch = new Watch;
        if (sigsetjmp(escape, 1) == 0) run_grid(memory - page, stride);
        current = nullptr;
        delete watch;
    }
    release(memory, whole);
    std::snprintf(message, room, "%s", said);
    return said[0] != 0;
}

}  // extern "C"

}  // namespace gpu_model
