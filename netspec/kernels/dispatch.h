// Which path computes: the best that the processor has, or the one that somebody asks for.

#pragma once

#include <string>
#include <vector>

#include "paths.h"

namespace netspec {

// The names of the paths that this processor can run, the best one first, `scalar` last.
const std::vector<std::string>& paths();

// How often each of them was entered since the process began.
std::vector<long> entries();

// The table of a path of that name; throws std::invalid_argument, with a sentence, where there is none.
template <class T> const Kernels<T>& kernels(const std::string& path);

}  // namespace netspec
