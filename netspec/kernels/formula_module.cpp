// Formulas of transformations as Python sees them: made here, handed to a Builder or a Course.

#include "engine_module.h"

#include "transformation.h"

namespace netspec {
namespace {

template <class T> void bind_formula(nb::module_& m, const char* name) {
    using F = std::shared_ptr<Formula<T>>;
    nb::class_<Formula<T>>(m, name)
        .def_static("normalize", [](In<T> minimum, In<T> maximum, bool inverse, bool in_float) -> F {
            return normalize<T>(minimum.data(), maximum.data(), axis(minimum, 0), inverse, in_float);
        }, "minimum"_a.noconvert(), "maximum"_a.noconvert(), "inverse"_a, "in_float"_a)
        .def_static("linear", [](const std::string& path, In<double> matrix, Maybe<double> less,
                                 Maybe<double> start, bool in_float) -> F {
            return linear<T>(path.c_str(), matrix.data(), address(less), address(start), axis(matrix, 0),
                             in_float);
        }, "path"_a, "matrix"_a.noconvert(), "less"_a.noconvert().none(), "start"_a.noconvert().none(),
           "in_float"_a)
        .def_static("rearrange", [](ptrdiff_t n) -> F { return rearrange<T>(n); }, "n"_a)
        .def_static("gauss", [](const std::string& path, In<double> tables, In<double> first, In<double> last,
                                bool flat, bool inverse, bool in_float) -> F {
            return gauss<T>(path.c_str(), tables.data(), first.data(), last.data(), axis(first, 0), flat,
                            inverse, in_float);
        }, "path"_a, "tables"_a.noconvert(), "first"_a.noconvert(), "last"_a.noconvert(), "flat"_a,
           "inverse"_a, "in_float"_a);
}

}  // namespace
}  // namespace netspec

void bind_formulas(nb::module_& m) {
    netspec::bind_formula<float>(m, "Formula_float32");
    netspec::bind_formula<double>(m, "Formula_float64");
}
