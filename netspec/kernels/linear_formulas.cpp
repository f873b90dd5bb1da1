// The formulas that are straight lines: normalize, decorrelate, pca, rearrange (netspec/layers).

#include <algorithm>

#include "float_mode.h"
#include "dispatch.h"
#include "rows.h"
#include "stage.h"
#include "transformation.h"

namespace netspec {
namespace {

// W is the working type; the way back computes in T.
template <class T, class W> class Normalize : public Formula<T> {
   public:
    Normalize(const T* minimum, const T* maximum, ptrdiff_t n, bool inverse) : inverse_(inverse) {
        FloatMode mode;
        for (ptrdiff_t k = 0; k < n; k++) {
            const W low = static_cast<W>(minimum[k]), high = static_cast<W>(maximum[k]);
            const T half = T(0.5) * (maximum[k] - minimum[k]);
            low_.push_back(low);
            scale_.push_back(W(1) / (high - low));
            slope_.push_back(inverse ? half : T(1) / half);
        }
    }
    ptrdiff_t numbers() const override { return static_cast<ptrdiff_t>(low_.size()); }
    double work() const override { return 4 * static_cast<double>(low_.size()); }
    void there(const T* v, ptrdiff_t rows, T* w, Arena&) const override {
        for (ptrdiff_t r = 0; r < rows; r++)
            for (size_t k = 0; k < low_.size(); k++) {
                const W x = static_cast<W>(*v++);
                *w++ = static_cast<T>(inverse_ ? low_[k] + (x + W(1)) / (W(2) * scale_[k])
                                               : (x - low_[k]) * scale_[k] * W(2) - W(1));
            }
    }
    void back(const T*, const T* dw, ptrdiff_t rows, T* dv, Arena&) const override {
        for (ptrdiff_t r = 0; r < rows; r++)
            for (T slope : slope_) *dv++ = *dw++ * slope;
    }

   private:
    bool inverse_;
    std::vector<W> low_, scale_;
    std::vector<T> slope_;
};

template <class T> class Linear : public Formula<T> {
   public:
    Linear(const char* path, const double* matrix, const double* less, const double* start, ptrdiff_t n,
           bool in_float)
        : n_(n), in_float_(in_float), doubles_(kernels<double>(path)), own_(kernels<T>(path)),
          matrix_(doubles_, matrix, n, n), back_(own_, cast(matrix, n).data(), n, n, true) {
        if (less) less_.assign(less, less + n);
        if (start) start_.assign(start, start + n);
    }
    ptrdiff_t numbers() const override { return n_; }
    double work() const override { return 2 * static_cast<double>(n_ * n_); }
    void there(const T* v, ptrdiff_t rows, T* w, Arena& arena) const override {
        Arena::Scope scope(arena);
        double *x = arena.numbers<double>(rows * n_), *y = arena.numbers<double>(rows * n_);
        for (ptrdiff_t i = 0; i < rows * n_; i++) x[i] = held(static_cast<double>(v[i]), in_float_);
        if (!less_.empty())
            for (ptrdiff_t r = 0; r < rows; r++)
                for (ptrdiff_t k = 0; k < n_; k++) x[r * n_ + k] = x[r * n_ + k] - less_[static_cast<size_t>(k)];
        product_of_rows<double>(doubles_, x, rows, matrix_, start_.empty() ? nullptr : start_.data(), y);
        for (ptrdiff_t i = 0; i < rows * n_; i++) w[i] = static_cast<T>(held(y[i], in_float_));
    }
    void back(const T*, const T* dw, ptrdiff_t rows, T* dv, Arena& arena) const override {
        Arena::Scope scope(arena);
        T* found = arena.numbers<T>(rows * n_);
        product_of_rows<T>(own_, dw, rows, back_, nullptr, found);
        std::copy(found, found + rows * n_, dv);
    }

   private:
    static std::vector<T> cast(const double* matrix, ptrdiff_t n) {
        FloatMode mode;
        std::vector<T> all;
        for (ptrdiff_t i = 0; i < n * n; i++) all.push_back(static_cast<T>(matrix[i]));
        return all;
    }
    ptrdiff_t n_;
    bool in_float_;
    const Kernels<double>& doubles_;
    const Kernels<T>& own_;
    Matrix<double> matrix_;
    Matrix<T> back_;
    std::vector<double> less_, start_;
};

template <class T> class Rearrange : public Formula<T> {
   public:
    explicit Rearrange(ptrdiff_t n) : n_(n) {}
    ptrdiff_t numbers() const override { return n_; }
    double work() const override { return static_cast<double>(n_); }
    void there(const T* v, ptrdiff_t rows, T* w, Arena&) const override {
        if (w != v) std::copy(v, v + rows * n_, w);
    }
    void back(const T*, const T* dw, ptrdiff_t rows, T* dv, Arena& arena) const override {
        there(dw, rows, dv, arena);
    }

   private:
    ptrdiff_t n_;
};

}  // namespace

template <class T>
std::shared_ptr<Formula<T>> normalize(const T* minimum, const T* maximum, ptrdiff_t n, bool inverse,
                                      bool in_float) {
    if (in_float) return std::make_shared<Normalize<T, float>>(minimum, maximum, n, inverse);
    return std::make_shared<Normalize<T, double>>(minimum, maximum, n, inverse);
}
template <class T>
std::shared_ptr<Formula<T>> linear(const char* path, const double* matrix, const double* less,
                                   const double* start, ptrdiff_t n, bool in_float) {
    return std::make_shared<Linear<T>>(path, matrix, less, start, n, in_float);
}
template <class T> std::shared_ptr<Formula<T>> rearrange(ptrdiff_t n) {
    return std::make_shared<Rearrange<T>>(n);
}

#define NETSPEC_FOR(T)                                                                                 \
    template std::shared_ptr<Formula<T>> normalize(const T*, const T*, ptrdiff_t, bool, bool);         \
    template std::shared_ptr<Formula<T>> linear(const char*, const double*, const double*, const double*, \
                                                ptrdiff_t, bool);                                      \
    template std::shared_ptr<Formula<T>> rearrange<T>(ptrdiff_t);
NETSPEC_FOR(float)
NETSPEC_FOR(double)

}  // namespace netspec
