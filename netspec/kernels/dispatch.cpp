// The tables that were compiled, and what the processor says of itself.

#include "dispatch.h"

#include <stdexcept>

namespace netspec {
namespace {

struct Path {
    const char* name;
    bool runs;
    const Kernels<float>* floats;
    const Kernels<double>* doubles;
};

const std::vector<Path>& compiled() {
    static const std::vector<Path> all = {
#if defined(NETSPEC_HAS_AVX512)
        {"avx512",
         __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("fma"),
         &avx512::float_kernels, &avx512::double_kernels},
#endif
#if defined(NETSPEC_HAS_AVX2)
        {"avx2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"),
         &avx2::float_kernels, &avx2::double_kernels},
#endif
#if defined(NETSPEC_HAS_NEON)
        {"neon", true, &neon::float_kernels, &neon::double_kernels},
#endif
        {"scalar", true, &scalar::float_kernels, &scalar::double_kernels},
    };
    return all;
}

const Path& find(const std::string& name) {
    std::string known;
    for (const Path& path : compiled()) {
        if (!path.runs) continue;
        if (path.name == name) return path;
        known += (known.empty() ? "" : ", ") + std::string(path.name);
    }
    throw std::invalid_argument("wanted an instruction set that this processor has (" + known +
                                "), found '" + name + "'");
}

}  // namespace

const std::vector<std::string>& paths() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> found;
        for (const Path& path : compiled())
            if (path.runs) found.push_back(path.name);
        return found;
    }();
    return names;
}

std::vector<long> entries() {
    std::vector<long> found;
    for (const Path& path : compiled())
        if (path.runs) found.push_back(__atomic_load_n(path.floats->entries, __ATOMIC_RELAXED));
    return found;
}

template <> const Kernels<float>& kernels<float>(const std::string& path) { return *find(path).floats; }
template <> const Kernels<double>& kernels<double>(const std::string& path) {
    return *find(path).doubles;
}

}  // namespace netspec
