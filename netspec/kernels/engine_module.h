// Arrays and functions as they come from Python: what the two files of bindings share.

#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>

#include "job.h"
#include "unlocked.h"
#include "windows.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace netspec {

template <class T> using In = nb::ndarray<const T, nb::numpy, nb::c_contig, nb::device::cpu>;
template <class T> using Out = nb::ndarray<T, nb::numpy, nb::c_contig, nb::device::cpu>;
template <class T> using Maybe = std::optional<In<T>>;
template <class T> using MaybeOut = std::optional<Out<T>>;
using Lengths = Maybe<int64_t>;

template <class T> const T* address(const Maybe<T>& array) { return array ? array->data() : nullptr; }
template <class T> T* address(const MaybeOut<T>& array) { return array ? array->data() : nullptr; }

template <class A> ptrdiff_t axis(const A& array, size_t number) {
    return static_cast<ptrdiff_t>(array.shape(number));
}

// An activation as (number of its kind, option).
inline Function function(nb::handle pair) {
    auto tuple = nb::cast<nb::tuple>(pair);
    return {static_cast<Kind>(nb::cast<int>(tuple[0])), nb::cast<double>(tuple[1])};
}

// Windows as their nine numbers.
inline Windows windows_of(const std::vector<ptrdiff_t>& n) {
    if (n.size() != 9) throw nb::value_error("wanted nine numbers of windows");
    return {n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8]};
}

}  // namespace netspec
