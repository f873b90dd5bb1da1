// Cumulated densities by their fine tables, and on to a normal one (netspec/layers/gauss.py,
// cumulative.py, quantile.py, in the letters and the order of operations of those files).

#include <cmath>

#include "dispatch.h"
#include "float_mode.h"
#include "quantile.h"
#include "transformation.h"

namespace netspec {
namespace {

constexpr double EDGE = 1e-9, FURTHEST = 0.99999999, ROOT2 = 1.414213562, SHORTEST = 1e-10;
constexpr double ROOT_PI = 0x1.c5bf891b4ef6ap0;  // sqrt(pi)
constexpr int HALVINGS = 14;

inline double larger(double x, double y) { return x >= y || x != x ? x : y; }
inline double smaller(double x, double y) { return x <= y || x != x ? x : y; }

// H is the type that a table is held in.
template <class T, class H> class Gauss : public Formula<T> {
   public:
    Gauss(const char* path, const double* tables, const double* first, const double* last, ptrdiff_t n,
          bool flat, bool inverse)
        : n_(n), flat_(flat), inverse_(inverse), kernels_(kernels<double>(path)), first_(first, first + n),
          last_(last, last + n), tables_(tables, tables + n * FINE) {
        FloatMode mode;
        for (size_t k = 0; k < first_.size(); k++)
            width_.push_back((last_[k] - first_[k]) / static_cast<double>(FINE));
    }
    ptrdiff_t numbers() const override { return n_; }
    double work() const override { return 100 * static_cast<double>(n_); }

    void there(const T* v, ptrdiff_t rows, T* w, Arena& arena) const override {
        Arena::Scope scope(arena);
        double* y = arena.numbers<double>(rows * n_);
        evaluate(v, rows, y, nullptr, arena);
        for (ptrdiff_t i = 0; i < rows * n_; i++) w[i] = static_cast<T>(static_cast<H>(y[i]));
    }

    void back(const T* v, const T* dw, ptrdiff_t rows, T* dv, Arena& arena) const override {
        Arena::Scope scope(arena);
        double *y = arena.numbers<double>(rows * n_), *slope = arena.numbers<double>(rows * n_);
        evaluate(v, rows, y, slope, arena);
        for (ptrdiff_t i = 0; i < rows * n_; i++) dv[i] = dw[i] * static_cast<T>(slope[i]);
    }

   private:
    void evaluate(const T* v, ptrdiff_t rows, double* y, double* slope, Arena& arena) const {
        for (ptrdiff_t i = 0; i < rows * n_; i++) y[i] = static_cast<double>(static_cast<H>(v[i]));
        if (inverse_) places(rows, y, slope, arena);
        else quantiles(rows, y, slope, arena);
    }

    double middle(size_t k, ptrdiff_t j) const { return first_[k] + (static_cast<double>(j) + 0.5) * width_[k]; }

    // F(x) in the place of x.
    double value(size_t k, double x, double* slope) const {
        const H* f = tables_.data() + k * FINE;
        const double last = static_cast<double>(FINE - 1);
        double at = static_cast<double>(FINE) * (x - first_[k]) / (last_[k] - first_[k]);
        at = at > 0 ? (at < last ? at : last) : 0;
        const auto j = static_cast<ptrdiff_t>(at);
        const double t = middle(k, j);
        const ptrdiff_t o = j == 0 || (x > t && j < FINE - 1) ? j + 1 : j - 1;
        const double at_j = static_cast<double>(f[j]);
        const double rise = at_j - static_cast<double>(f[o]), run = t - middle(k, o);
        if (slope) *slope = rise / run;
        return at_j + (x - t) * rise / run;
    }

    void quantiles(ptrdiff_t rows, double* y, double* slope, Arena& arena) const {
        const ptrdiff_t count = rows * n_;
        for (ptrdiff_t r = 0, i = 0; r < rows; r++)
            for (size_t k = 0; k < first_.size(); k++, i++) {
                const double found = value(k, y[i], slope ? slope + i : nullptr);
                y[i] = larger(smaller(found, 1 - EDGE), EDGE);
                if (slope && y[i] != found) slope[i] = 0;
            }
        if (flat_) return;
        Arena::Scope scope(arena);
        double *u = arena.numbers<double>(count), *kept = arena.numbers<double>(count);
        double* r = arena.numbers<double>(count);
        for (ptrdiff_t i = 0; i < count; i++) {
            u[i] = 2 * y[i] - 1;
            kept[i] = larger(smaller(u[i], FURTHEST), -FURTHEST);
            r[i] = share_of_tail(kept[i]);
        }
        kernels_.activate({Kind::log, 0}, r, r, count);
        for (ptrdiff_t i = 0; i < count; i++) y[i] = erfinv(kept[i], r[i]);
        if (slope) {
            for (ptrdiff_t i = 0; i < count; i++) r[i] = y[i] * y[i];
            kernels_.activate({Kind::exp, 0}, r, r, count);
            for (ptrdiff_t i = 0; i < count; i++)
                slope[i] = kept[i] == u[i] ? slope[i] * (ROOT2 * ROOT_PI) * r[i] : 0;
        }
        for (ptrdiff_t i = 0; i < count; i++) y[i] = ROOT2 * y[i];
    }

    // x with F(x) = y in the place of y.
    double place(size_t k, double y, double* slope) const {
        const H* f = tables_.data() + k * FINE;
        // The bin before the first counts as one of 0; nobody looks at the last one.
        auto entry = [&](ptrdiff_t at) { return at == 0 || at == FINE ? 0.0 : static_cast<double>(f[at - 1]); };
        ptrdiff_t low = 0, high = FINE;
        for (int i = 0; i < HALVINGS; i++) {
            const ptrdiff_t half = low + (high - low) / 2;
            const bool below = y < entry(half);
            if (below && half > low) high = half;
            if (!below) low = half;
        }
        const double least = entry(low), start = middle(k, low - 1), run = middle(k, high - 1) - start;
        const double length = entry(high) - least;
        const bool steep = length > SHORTEST;
        if (slope) *slope = steep ? run / length : 0;
        const double x = start + run * (steep ? (y - least) / length : least);
        return y == y ? x : y;
    }

    void places(ptrdiff_t rows, double* y, double* slope, Arena& arena) const {
        const ptrdiff_t count = rows * n_;
        Arena::Scope scope(arena);
        double* w = arena.numbers<double>(count);
        if (!flat_) {
            for (ptrdiff_t i = 0; i < count; i++) y[i] = w[i] = y[i] / ROOT2;
            kernels_.activate({Kind::erf, 0}, y, y, count);
            for (ptrdiff_t i = 0; i < count; i++) y[i] = (y[i] + 1) / 2;
        }
        for (ptrdiff_t r = 0, i = 0; r < rows; r++)
            for (size_t k = 0; k < first_.size(); k++, i++) y[i] = place(k, y[i], slope ? slope + i : nullptr);
        if (flat_ || !slope) return;
        for (ptrdiff_t i = 0; i < count; i++) w[i] = -(w[i] * w[i]);
        kernels_.activate({Kind::exp, 0}, w, w, count);
        for (ptrdiff_t i = 0; i < count; i++) slope[i] = slope[i] * w[i] / (ROOT2 * ROOT_PI);
    }

    ptrdiff_t n_;
    bool flat_, inverse_;
    const Kernels<double>& kernels_;
    std::vector<double> first_, last_, width_;
    std::vector<H> tables_;
};

}  // namespace

template <class T>
std::shared_ptr<Formula<T>> gauss(const char* path, const double* tables, const double* first,
                                  const double* last, ptrdiff_t n, bool flat, bool inverse,
                                  bool in_float) {
    if (in_float) return std::make_shared<Gauss<T, float>>(path, tables, first, last, n, flat, inverse);
    return std::make_shared<Gauss<T, double>>(path, tables, first, last, n, flat, inverse);
}

#define NETSPEC_FOR(T)                                                                                \
    template std::shared_ptr<Formula<T>> gauss(const char*, const double*, const double*, const double*, \
                                               ptrdiff_t, bool, bool, bool);
NETSPEC_FOR(float)
NETSPEC_FOR(double)

}  // namespace netspec
