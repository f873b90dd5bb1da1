// The interpreter's lock, given up while the kernels compute.
//
// A thread that asks for the lock while the interpreter ends does not come back from asking: Python
// before 3.14 ends it, by an unwinding that must not run through the frames of a binding. Such a
// thread waits here instead until the process is gone.

#pragma once

#include <nanobind/nanobind.h>
#include <unistd.h>

namespace netspec {

class Unlocked {
   public:
    Unlocked() : state_(PyEval_SaveThread()) {}
    ~Unlocked() {
        try {
            PyEval_RestoreThread(state_);
        } catch (...) {
            while (true) pause();
        }
    }
    Unlocked(const Unlocked&) = delete;
    Unlocked& operator=(const Unlocked&) = delete;

   private:
    PyThreadState* state_;
};

}  // namespace netspec
