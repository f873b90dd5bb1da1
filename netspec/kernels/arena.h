// Memory to work in, kept by each thread from call to call.
//
// Asking the system for a megabyte costs more than a small network's outputs. An Arena hands out
// pieces one behind the other and takes all of them back at once.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace netspec {

constexpr size_t ALIGNMENT = 64;

// Ask for large pages, where the system has them, for memory in which rows lie far apart: the processor
// then finds more of them without looking pages up. A wish; nothing depends on it.
inline void wish_for_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    constexpr size_t PAGE = 4096, LEAST = size_t(1) << 22;
    if (bytes < LEAST) return;
    const uintptr_t first = (reinterpret_cast<uintptr_t>(memory) + PAGE - 1) / PAGE * PAGE;
    madvise(reinterpret_cast<void*>(first), bytes / PAGE * PAGE - PAGE, MADV_HUGEPAGE);
#endif
}

struct AlignedFree {
    void operator()(void* p) const { ::operator delete(p, std::align_val_t(ALIGNMENT)); }
};

template <class T> using Aligned = std::unique_ptr<T[], AlignedFree>;

// Memory for `count` numbers, on a cache line. Throws std::bad_alloc.
template <class T> Aligned<T> aligned(ptrdiff_t count) {
    size_t bytes = (static_cast<size_t>(count) * sizeof(T) + 2 * ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    void* memory = ::operator new(bytes, std::align_val_t(ALIGNMENT));
    wish_for_large_pages(memory, bytes);
    return Aligned<T>(static_cast<T*>(memory));
}

class Arena {
   public:
    // All pieces are given back to the system where together they are more than `most` bytes.
    explicit Arena(size_t most = MOST) : most_(most) {}

    // Gives back, when it ends, all that was taken since it began.
    class Scope {
       public:
        explicit Scope(Arena& arena) : arena_(arena), piece_(arena.piece_), used_(arena.used_) {}
        ~Scope() {
            arena_.piece_ = piece_, arena_.used_ = used_;
            if (piece_ == 0 && used_ == 0) arena_.trim();
        }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

       private:
        Arena& arena_;
        size_t piece_, used_;
    };

    template <class T> T* numbers(ptrdiff_t count) {
        size_t bytes = (static_cast<size_t>(count) * sizeof(T) + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
        while (piece_ < pieces_.size() && used_ + bytes > pieces_[piece_].size) piece_++, used_ = 0;
        if (piece_ == pieces_.size()) {
            size_t size = bytes < FIRST ? FIRST : bytes;
            pieces_.push_back({aligned<char>(static_cast<ptrdiff_t>(size)), size});
            used_ = 0;
        }
        char* here = pieces_[piece_].memory.get() + used_;
        used_ += bytes;
        return reinterpret_cast<T*>(here);
    }

    // Take back all that was handed out; nobody holds a piece.
    void restart() { piece_ = used_ = 0; }

    // Forget what is not worth keeping; nobody holds a piece.
    void trim() {
        size_t kept = 0;
        for (const Piece& piece : pieces_) kept += piece.size;
        if (kept > most_) pieces_.clear(), piece_ = used_ = 0;
    }

    // The calling thread's own.
    static Arena& mine() {
        static thread_local Arena arena;
        return arena;
    }

   private:
    struct Piece {
        Aligned<char> memory;
        size_t size;
    };
    static constexpr size_t FIRST = size_t(1) << 18, MOST = size_t(1) << 26;  // bytes
    size_t most_;
    std::vector<Piece> pieces_;
    size_t piece_ = 0, used_ = 0;
};

}  // namespace netspec
