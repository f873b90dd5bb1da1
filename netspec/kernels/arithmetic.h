// Every elementary function of the engine, once, for C++ on all instruction sets and for CUDA.
//
//     exp  expm1  log  tanh  sigmoid  erf  rational_tanh      float and double, of a number or a vector V
//
// Only + - * / fma, comparisons, selections and integer operations on bits, so that every processor
// gives the same bits; no branch depends on a lane; NaN passes through. Each function is off by less
// than one unit in the last place: README.md, Functions, has the figures, and the algorithms in
// words. They ask for round-to-nearest, subnormal numbers, and -ffp-contract=off.
//
// For a CUDA compiler, with NETSPEC_CUDA, lanes.h is cuda/lanes.h and V = float or double.

#pragma once

#include "lanes.h"
#include "arithmetic_exp.h"
#include "arithmetic_sigmoid.h"
#include "arithmetic_log.h"
#include "arithmetic_erf.h"
#include "arithmetic_rational.h"
