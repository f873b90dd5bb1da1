// The Python module netspec.kernels._compiled: what text_module.cpp and engine_module.cpp bind.

#include <cfloat>

#include <nanobind/nanobind.h>

// On a processor whose compiler computes with more digits than a number has (the x87), every
// result would be rounded twice.
static_assert(FLT_EVAL_METHOD == 0, "wanted a processor that rounds every result to its type");

void bind_text(nanobind::module_& m);
void bind_engine(nanobind::module_& m);

NB_MODULE(_compiled, m) {
    // A network that a thread still holds when the process ends is no fault to tell of.
    nanobind::set_leak_warnings(false);
    bind_text(m);
    bind_engine(m);
}
