// The machine that runs a grid of threads on one processor, one thread at a time.
//
// A thread runs until it waits; then the next one runs, in an order that the seed chooses: forward,
// backward, or shuffled anew each round. A launch ends well, or with one line that says why not.

#include "threads.h"
#include "meetings.h"
#include "copies.h"
#include "refusals.h"

namespace gpu_model {

Running* current = nullptr;
Index block_size, grid_size;

namespace {

constexpr size_t MOST_ALIVE = 16384;  // threads: each stack takes two of the system's mappings
constexpr int PATIENCE = 200;         // rounds in which nobody does anything that others wait for

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
                say("thread (%u, %u, %u) of block (%u, %u, %u) has returned, while others wait for it "
                    "at the barrier of %s:%d", thread.thread.x, thread.thread.y, thread.thread.z,
                    thread.block.x, thread.block.y, thread.block.z, base(other.file), other.line);
                break;
            }
    change(thread.flow, scheduler);
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
            done += block.done;
            all += block.threads.size();
            if (launch->cooperative && way() == SHUFFLED && chance() % 4 == 0) {
                anyone = true;  // this block is late
                continue;
            }
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
        }
        if (done == all) return;
        if (!anyone) return describe_stop(blocks);
        idle = events == before ? idle + 1 : 0;
        if (idle > PATIENCE)
            return say("every thread waits for what another block should write%s",
                       launch->cooperative ? "" : ": wanted a cooperative launch");
    }
}

void run_grid(unsigned char* shared, size_t room) {
    const size_t blocks = size_t{1} * grid_size.x * grid_size.y * grid_size.z;
    const size_t size = size_t{1} * block_size.x * block_size.y * block_size.z;
    const size_t together = launch->cooperative ? blocks : 1;
    static std::vector<Block> alive;  // kept, with all that it has allocated
    alive.resize(together);
    while (stacks.size() < together * size) {
        unsigned char* stack = guarded(STACK);
        if (!stack) return say("the model has no memory for %zu stacks", together * size);
        stacks.push_back(stack);
    }
    std::vector<unsigned> turn(blocks);
    put_in_order(turn);
    for (size_t first = 0; first < blocks && !said[0]; first += together) {
        for (size_t i = 0; i < together; i++) {
            const unsigned n = launch->cooperative ? static_cast<unsigned>(i) : turn[first];
            const Index index = {n % grid_size.x, n / grid_size.x % grid_size.y,
                                 n / grid_size.x / grid_size.y};
            unsigned char* end = shared + (i + 1) * room;
            prepare(alive[i], index, end - (launch->shared + 15) / 16 * 16, i * size);
        }
        run(alive);
    }
}

}  // namespace

// What a program has set to round or to flush numbers does not count on a GPU.
struct Plain {
    fenv_t before;
    Plain() {
        fegetenv(&before);
        fesetenv(FE_DFL_ENV);
    }
    ~Plain() { fesetenv(&before); }
};

extern "C" {

__attribute__((visibility("default"))) unsigned char* gpu_model_memory(size_t bytes) {
    return guarded(bytes);
}

__attribute__((visibility("default"))) void gpu_model_free(unsigned char* inside, size_t bytes) {
    release(inside, bytes);
}

// 0, or 1 and a line in `message`.
__attribute__((visibility("default"))) int gpu_model_launch(
    const void* wanted, char* message, size_t room
) {
    launch = static_cast<const Launch*>(wanted);
    grid_size = {launch->grid[0], launch->grid[1], launch->grid[2]};
    block_size = {launch->block[0], launch->block[1], launch->block[2]};
    state_of_chance = launch->seed * 0x9e3779b97f4a7c15ull + 0x2545f4914f6cdd1dull;
    said[0] = 0;
    events = 0;
    const size_t blocks = size_t{1} * grid_size.x * grid_size.y * grid_size.z;
    const size_t together = launch->cooperative ? blocks : 1;
    const size_t alive = together * block_size.x * block_size.y * block_size.z;
    // Each block's shared memory ends where a page begins that nobody may touch.
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t each = (launch->shared + page - 1) / page * page, stride = each + page;
    unsigned char* memory = alive > MOST_ALIVE ? nullptr : guarded(together * stride);
    if (memory) {
        for (size_t n = 0; n < together; n++) mprotect(memory + n * stride + each, page, PROT_NONE);
        const Plain plain;
        const Watch watch;
        run_grid(memory - page, stride);
    } else {
        say("the model has no room for %zu threads at once, wanted %zu or fewer", alive, MOST_ALIVE);
    }
    if (memory) release(memory, together * stride);
    std::snprintf(message, room, "%s", said);
    return said[0] != 0;
}

}  // extern "C"

}  // namespace gpu_model
