// The largest error of every elementary function, in units in the last place.
//
//     g++ -O3 -std=c++17 -ffp-contract=off -fno-trapping-math -fno-math-errno -pthread -mavx2 -mfma -DNETSPEC_PATH=avx2 sweep.cpp -o sweep
//
// (for -mavx2 -mfma: -mavx512f -mavx512vl -mavx512bw -mavx512dq, or -DNETSPEC_SCALAR, or nothing on
// AArch64.) Run it as
//
//     ./sweep float [name]      all 2^32 inputs against the C library's double functions
//     ./sweep double [name]     a dense sample against the C library's long double ones
//     ./sweep hash [name]       hashes of the outputs for many bit patterns, NaN made canonical
//     ./sweep time [name]       nanoseconds a number, and nanoseconds from input to output
//
// One line a function: the largest error, where, and how many special results were wrong.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <thread>
#include <type_traits>

#include "arithmetic.h"

using namespace netspec::NETSPEC_PATH;
#define STRING_(x) #x
#define STRING(x) STRING_(x)

template <class R> R sigmoid_reference(R x) {
    if (x >= 0) return R(1) / (R(1) + std::exp(-x));
    R e = std::exp(x);
    return e / (R(1) + e);
}

#define FUNCTION(NAME, REFERENCE)                                                          \
    struct NAME##_ {                                                                       \
        static constexpr const char* name = #NAME;                                         \
        template <class V> static V value(V x) { return netspec::NETSPEC_PATH::NAME(x); }  \
        template <class R> static R reference(R x) { return REFERENCE(x); }                \
    };
FUNCTION(exp, std::exp)
FUNCTION(expm1, std::expm1)
FUNCTION(log, std::log)
FUNCTION(tanh, std::tanh)
FUNCTION(sigmoid, sigmoid_reference)
FUNCTION(erf, std::erf)

template <class T> using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
template <class T> T of_bits(Bits<T> i) { T x; memcpy(&x, &i, sizeof x); return x; }
template <class T> Bits<T> bits_of(T x) { Bits<T> i; memcpy(&i, &x, sizeof i); return i; }

template <class T> struct Worst {
    double error = 0;
    T where = 0;
    long long wrong = 0;
    T wrong_at = 0;
    void take(const Worst& other) {
        if (other.error > error) error = other.error, where = other.where;
        if (other.wrong && !wrong) wrong_at = other.wrong_at;
        wrong += other.wrong;
    }
};

// One result against the better one: NaN, infinities and zeros with their signs, or the error.
template <class T, class R> void judge(Worst<T>& worst, T x, T y, R better) {
    constexpr int PLACES = sizeof(T) == 4 ? 23 : 52, LEAST = sizeof(T) == 4 ? -126 : -1022;
    T rounded = (T)better;
    bool special = rounded != rounded || y != y || std::isinf(rounded) || std::isinf(y) || y == 0;
    if (special && rounded == rounded && y == y && std::isinf(rounded) == std::isinf(y)) {
        if (std::signbit(rounded) != std::signbit(y)) special = true;
        else if (std::isinf(y)) return;
        else special = false;
    }
    if (special) {
        if (rounded != rounded && y != y) return;
        if (!worst.wrong++) worst.wrong_at = x;
        return;
    }
    if (better == 0) return;
    int exponent = std::ilogb(better);
    if (exponent < LEAST) exponent = LEAST;
    double error = (double)std::fabs(std::ldexp((R)y - better, PLACES - exponent));
    if (error > worst.error) worst.error = error, worst.where = x;
}

template <class F, class T, class R, class Input>
Worst<T> part(long long first, long long last, Input input) {
    Worst<T> worst;
    constexpr int N = 64;
    T x[N], y[N];
    for (long long i = first; i < last; i += N) {
        for (int j = 0; j < N; j++) x[j] = input(i + j);
        for (int j = 0; j < N; j += LANES<T>) store<T>(y + j, F::value(load<T>(x + j)));
        for (int j = 0; j < N; j++) judge<T, R>(worst, x[j], y[j], F::reference((R)x[j]));
    }
    return worst;
}

template <class F, class T, class R, class Input>
void sweep(long long count, Input input, const char* only) {
    if (only && strcmp(only, F::name)) return;
    Worst<T> worst, other;
    std::thread half([&] { other = part<F, T, R>(0, count / 2, input); });
    worst = part<F, T, R>(count / 2, count, input);
    half.join();
    worst.take(other);
    printf("%-8s %-7s %s  %lld inputs  largest error %.4f ulp at %a  wrong %lld",
           STRING(NETSPEC_PATH), F::name, sizeof(T) == 4 ? "float " : "double", count,
           worst.error, (double)worst.where, worst.wrong);
    if (worst.wrong) printf(" first at %a", (double)worst.wrong_at);
    printf("\n");
    fflush(stdout);
}

// A third of the sample is spread evenly over all bit patterns, a third over [-40, 40], the last over
// [-1, 1] and around the places where a function changes its formula.
double double_input(long long i) {
    uint64_t k = (uint64_t)i / 3 * 0x9e3779b97f4a7c15u;
    if (i % 3 == 0) return of_bits<double>(k);
    double u = (double)(int64_t)k * 0x1p-63;
    if (i % 3 == 1) return u * 40;
    static const double centres[] = {0, 0.9, 1, 0.34657359, -708.3964, 709.7, -745.1,
                                     19.06, 5.9, 0.70710678, 1.4142135, -37};
    return centres[i / 3 % 12] + u * (i / 3 % 12 ? 0.05 : 1);
}

template <class F, class T> void hash(const char* only) {
    if (only && strcmp(only, F::name)) return;
    uint64_t h = 0xcbf29ce484222325u;
    constexpr int N = 64;
    T x[N], y[N];
    for (long long i = 0; i < (1 << 24) + 4096; i += N) {
        for (int j = 0; j < N; j++) {
            long long k = i + j;
            if (k < 1 << 24)
                x[j] = of_bits<T>((Bits<T>)k << (sizeof(T) * 8 - 24) |
                                  (Bits<T>)(k * 0x9e3779b1u >> 8 & 0xff));
            else {  // the neighbours of every power of two, and the ends of each kind of number
                k -= 1 << 24;
                Bits<T> b = (Bits<T>)(k / 8) << (sizeof(T) == 4 ? 23 : 54);
                x[j] = of_bits<T>(b + (Bits<T>)(k % 8) - 4);
            }
        }
        for (int j = 0; j < N; j += LANES<T>) store<T>(y + j, F::value(load<T>(x + j)));
        for (int j = 0; j < N; j++)
            h = (h ^ (y[j] == y[j] ? bits_of(y[j]) : 0x7fc00000)) * 0x100000001b3u;
    }
    printf("%-7s %s %016llx\n", F::name, sizeof(T) == 4 ? "float " : "double", (unsigned long long)h);
}

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class F, class T> void timing(const char* only) {
    if (only && strcmp(only, F::name)) return;
    constexpr int N = 4096, TIMES = 400;
    static T x[N], y[N];
    for (int j = 0; j < N; j++) x[j] = (T)((j * 2654435761u % 4096) / 256. - 8);
    if (!strcmp(F::name, "log"))
        for (int j = 0; j < N; j++) x[j] += 8.5f;
    double best = 1e9, chain = 1e9;
    for (int k = 0; k < 25; k++) {
        double start = now();
        for (int t = 0; t < TIMES; t++) {
            for (int j = 0; j < N; j += 2 * LANES<T>) {
                auto a = F::value(load<T>(x + j)), b = F::value(load<T>(x + j + LANES<T>));
                store<T>(y + j, a), store<T>(y + j + LANES<T>, b);
            }
            __asm__ volatile("" ::"r"(y) : "memory");
        }
        double took = (now() - start) / TIMES / N * 1e9;
        if (took < best) best = took;
        start = now();
        auto v = load<T>(x);
        for (int t = 0; t < N; t++) v = F::value(v);
        store<T>(y, v);
        __asm__ volatile("" ::"r"(y) : "memory");
        took = (now() - start) / N * 1e9;
        if (took < chain) chain = took;
    }
    printf("%-8s %-7s %s  %.3f ns a number, %.1f ns from input to output\n",
           STRING(NETSPEC_PATH), F::name,
           sizeof(T) == 4 ? "float " : "double", best, chain);
}

template <class F> void run(const char* what, const char* only) {
    if (!strcmp(what, "float"))
        sweep<F, float, double>(1LL << 32, [](long long i) { return of_bits<float>((uint32_t)i); }, only);
    else if (!strcmp(what, "double")) sweep<F, double, long double>(96LL << 20, double_input, only);
    else if (!strcmp(what, "hash")) hash<F, float>(only), hash<F, double>(only);
    else timing<F, float>(only), timing<F, double>(only);
}

int main(int count, char** words) {
    const char* what = count > 1 ? words[1] : "float";
    const char* only = count > 2 ? words[2] : nullptr;
    run<exp_>(what, only), run<expm1_>(what, only), run<log_>(what, only);
    run<tanh_>(what, only), run<sigmoid_>(what, only), run<erf_>(what, only);
}
