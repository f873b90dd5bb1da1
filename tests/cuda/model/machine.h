// What a kernel, compiled for a processor, asks of the machine that runs it (machine.cpp): who it is,
// where its block's shared memory lies, and to wait for other threads.

#pragma once

#include <cstddef>
#include <cstdint>

namespace gpu_model {

struct Index { unsigned x, y, z; };

// What a thread sees of itself. The machine runs one thread at a time, so one pointer tells all.
struct Running {
    Index thread, block;
    unsigned char* shared;
};
extern Running* current;
extern Index block_size, grid_size;

inline unsigned char* shared_memory() { return current ? current->shared : nullptr; }

// A place in a source file, for what goes wrong there.
#define GPU_MODEL_HERE __FILE__, __LINE__

void barrier(const char* file, int line);
void warp_barrier(unsigned mask, const char* file, int line);
// Leaves a value, waits for the warp; then the values of all its threads, and who has left one.
struct Exchange { const uint64_t* values; unsigned present; unsigned lane; };
Exchange exchange(unsigned mask, uint64_t value, const char* file, int line);

void copy_later(void* shared, const void* global, int bytes, const char* file, int line);
void end_copies();
void wait_for_copies(int groups);

void give_way();       // another thread's turn: this one waits for what a block will write
void has_written();    // what others may wait for
void dawdle();         // before other blocks see something of this thread: a moment, or a while
[[noreturn]] void fail(const char* said, const char* file, int line);

constexpr uint64_t GARBAGE = 0xfff7c0defff7c0deull;  // NaN, as two floats and as a double

// A kernel as the machine calls it: each argument is 8 bytes.
struct Entry {
    void (*call)(const uint64_t* args);
    const char* signature;  // one letter an argument
    int most_threads;
};

// F D: pointers to float, double; I Q U B: to int32, int64, uint32, bytes; q: int64_t; d: double.
template <class T> struct Letter;
template <> struct Letter<int64_t> { static constexpr char value = 'q'; };
template <> struct Letter<double> { static constexpr char value = 'd'; };
template <class T> struct Pointee { static constexpr char value = 'B'; };
template <class T> struct Pointee<const T> : Pointee<T> {};
template <> struct Pointee<float> { static constexpr char value = 'F'; };
template <> struct Pointee<double> { static constexpr char value = 'D'; };
template <> struct Pointee<int32_t> { static constexpr char value = 'I'; };
template <> struct Pointee<int64_t> { static constexpr char value = 'Q'; };
template <> struct Pointee<uint32_t> { static constexpr char value = 'U'; };
template <class T> struct Letter<T*> : Pointee<T> {};

template <class... A> struct Call {
    Call(void (*kernel)(A...), A... args) { kernel(args...); }
};

struct Arguments {
    const uint64_t* at;
    template <class T> T next() {
        T value;
        static_assert(sizeof value == 8, "an argument of a kernel is a pointer, int64_t or double");
        __builtin_memcpy(&value, at++, 8);
        return value;
    }
};

struct Missing {};  // stands for a kernel that the macros leave out

template <auto kernel, class F = decltype(kernel)> struct Door {
    static bool open(Entry*, int) { return false; }
};
template <auto kernel, class... A> struct Door<kernel, void (*)(A...)> {
    static constexpr char signature[] = {Letter<A>::value..., 0};
    static void call(const uint64_t* args) {
        Arguments list{args};
        Call<A...>{kernel, list.next<A>()...};  // braces: from left to right
    }
    static bool open(Entry* entry, int most_threads) {
        *entry = {call, signature, most_threads};
        return true;
    }
};

}  // namespace gpu_model
