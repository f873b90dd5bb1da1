// Transformations of variables (netspec/layers/transformation.py): formulas on rows of n numbers.
//
// A formula is the same for a stage and for a learner. It computes in the type that it wants, from
// numbers rounded to a working type, float or double; its results are rounded to that and then to T.

#pragma once

#include <memory>
#include <vector>

#include "arena.h"
#include "paths.h"

namespace netspec {

template <class T> class Formula {
   public:
    virtual ~Formula() = default;
    virtual ptrdiff_t numbers() const = 0;  // of a row
    // About how many multiplications a row costs.
    virtual double work() const = 0;
    // w from v, both (rows, n); w may be v.
    virtual void there(const T* v, ptrdiff_t rows, T* w, Arena& arena) const = 0;
    // The slopes in v from those in w; dv may be dw.
    virtual void back(const T* v, const T* dw, ptrdiff_t rows, T* dv, Arena& arena) const = 0;
};

// A number of T as a double that a working type holds.
inline double held(double x, bool in_float) { return in_float ? static_cast<double>(static_cast<float>(x)) : x; }

template <class T>
std::shared_ptr<Formula<T>> normalize(const T* minimum, const T* maximum, ptrdiff_t n, bool inverse,
                                      bool in_float);
// w = start + (v - less) matrix^T, in double; start and less may be null. matrix (n, n).
template <class T>
std::shared_ptr<Formula<T>> linear(const char* path, const double* matrix, const double* less,
                                   const double* start, ptrdiff_t n, bool in_float);
// Numbers as they are.
template <class T> std::shared_ptr<Formula<T>> rearrange(ptrdiff_t n);
// tables (n, FINE) as netspec/layers/gauss.py makes them, first and last edges (n,).
template <class T>
std::shared_ptr<Formula<T>> gauss(const char* path, const double* tables, const double* first,
                                  const double* last, ptrdiff_t n, bool flat, bool inverse,
                                  bool in_float);

constexpr ptrdiff_t FINE = 10000;  // bins of a table

}  // namespace netspec
