// One flow of a program that can be left in the middle and gone on with: its own stack, and the
// registers that a call must keep.
//
// x86-64 has a switch of its own, a hundred times as fast as ucontext's, which asks the kernel.

#pragma once

#include <cstdint>
#include <cstdlib>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

namespace gpu_model {

constexpr size_t STACK = 128 * 1024;

struct Flow {
#if defined(__x86_64__) && !defined(GPU_MODEL_UCONTEXT)
    void* top = nullptr;
#else
    ucontext_t context;
#endif
};

#if defined(__x86_64__) && !defined(GPU_MODEL_UCONTEXT)

extern "C" void gpu_model_switch(void** from, void* to);
asm(R"(
    .text
    .type gpu_model_switch, @function
gpu_model_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size gpu_model_switch, .-gpu_model_switch
)");

inline void begin(Flow& flow, unsigned char* stack, void (*body)()) {
    void** top = reinterpret_cast<void**>(stack + STACK);
    *--top = nullptr;  // where `body` would return to: it never does
    *--top = reinterpret_cast<void*>(body);
    for (int saved = 0; saved < 6; saved++) *--top = nullptr;
    flow.top = top;
}
inline void change(Flow& from, Flow& to) { gpu_model_switch(&from.top, to.top); }

#else

inline void begin(Flow& flow, unsigned char* stack, void (*body)()) {
    getcontext(&flow.context);
    flow.context.uc_stack.ss_sp = stack;
    flow.context.uc_stack.ss_size = STACK;
    flow.context.uc_link = nullptr;
    makecontext(&flow.context, body, 0);
}
inline void change(Flow& from, Flow& to) { swapcontext(&from.context, &to.context); }

#endif

// Memory between pages that nobody may touch.
inline unsigned char* guarded(size_t bytes) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t whole = (bytes + page - 1) / page * page;
    const int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void* start = mmap(nullptr, whole + 2 * page, PROT_NONE, kind, -1, 0);
    if (start == MAP_FAILED) return nullptr;
    unsigned char* inside = static_cast<unsigned char*>(start) + page;
    if (whole && mprotect(inside, whole, PROT_READ | PROT_WRITE)) {
        munmap(start, whole + 2 * page);
        return nullptr;
    }
    return inside;
}
inline void release(unsigned char* inside, size_t bytes) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    munmap(inside - page, (bytes + page - 1) / page * page + 2 * page);
}

}  // namespace gpu_model
