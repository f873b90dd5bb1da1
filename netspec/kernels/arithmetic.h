// Every elementary function of the engine, once, for C++ on all instruction sets and for CUDA.
//
//     exp  expm1  log  tanh  sigmoid  erf            float and double, of a number or a vector V
//
// Only + - * / fma, comparisons, selections and integer operations on bits, so that every processor
// gives the same bits; no branch depends on a lane; NaN passes through. Each function is off by less
// than one unit in the last place (README.md, Functions, has the figures and the algorithms in
// words). All need round-to-nearest, subnormal numbers, and -ffp-contract=off.
//
// From the file of lanes, which a CUDA compiler is to be given in another form (V = float or double):
// INLINE, Of<T>::V and ::I, every<V>(c), bits(x), number(i), fma(a, b, c), and NETSPEC_PATH.

#pragma once

#include "lanes.h"
#include "arithmetic_exp.h"
#include "arithmetic_sigmoid.h"
#include "arithmetic_log.h"
#include "arithmetic_erf.h"
