// Every elementary function, for a GPU: compiled, not run.

#include "arithmetic.h"

template <class T> __global__ void functions(const T* x, T* y) {
    T v = x[threadIdx.x];
    y[0] = netspec::cuda::exp(v);
    y[1] = netspec::cuda::expm1(v);
    y[2] = netspec::cuda::log(v);
    y[3] = netspec::cuda::tanh(v);
    y[4] = netspec::cuda::sigmoid(v);
    y[5] = netspec::cuda::erf(v);
    y[6] = netspec::cuda::rational_tanh(v);
}

template __global__ void functions(const float*, float*);
template __global__ void functions(const double*, double*);
