// What the processor refuses: an access to a guard page, or what a check of the compiler has found.

#pragma once

#include "threads.h"

namespace gpu_model {
namespace {

void refused(int signal, siginfo_t* info, void* context) {
    if (!current) {
        std::signal(signal, SIG_DFL);
        return;
    }
    const char *what = "touched memory that is not its own,", *way = "";
    if (signal == SIGILL || signal == SIGTRAP)  // what a check does that does not hold
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
            std::snprintf(where, sizeof where, "%s %zu bytes behind the end of its block's shared "
                          "memory", way, size_t{past});
        for (unsigned char* stack : stacks)
            if (at + page - reinterpret_cast<uintptr_t>(stack) < page) {
                what = "used up its stack";
                where[0] = 0;
            }
    }
    const Index thread = current->thread, block = current->block;
    say("thread (%u, %u, %u) of block (%u, %u, %u) %s%s place=%p", thread.x, thread.y, thread.z, block.x,
        block.y, block.z, what, where, place);
    Flow nobody;  // this thread is not gone on with
    change(nobody, scheduler);
}

struct Watch {
    static constexpr int SIGNALS[5] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
    struct sigaction before[5];
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
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
        for (int i = 0; i < 5; i++) sigaction(SIGNALS[i], &action, &before[i]);
    }
    ~Watch() {
        for (int i = 0; i < 5; i++) sigaction(SIGNALS[i], &before[i], nullptr);
        sigaltstack(&stack_before, nullptr);
    }
};

}  // namespace
}  // namespace gpu_model
