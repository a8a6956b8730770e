// The tables behind KernelsOf. Functions carry their instruction set as an attribute, so that no
// file needs compiler flags of its own, and nothing else is ever built for a CPU that lacks it.
#pragma once
#include "kernels.h"

namespace haypile {

extern const Kernels kScalarKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#elif defined(__aarch64__)
extern const Kernels kNeonKernels;
#endif

}  // namespace haypile
