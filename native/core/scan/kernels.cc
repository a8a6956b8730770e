#include "kernels.h"

#include <initializer_list>

#include "core/cpu.h"
#include "kernel_tables.h"

namespace haypile {
namespace {

const Kernels& Best() {
  static const Kernels& best = KernelsOf(BestIsa());
  return best;
}

}  // namespace

const char* IsaName(Isa isa) {
  switch (isa) {
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
    case Isa::kNeon:
      return "neon";
    default:
      return "scalar";
  }
}

bool Supported(Isa isa) {
  if (isa == Isa::kScalar) return true;
  if (isa == Isa::kAvx2) return CpuHas("avx2") && CpuHas("popcnt");
  if (isa == Isa::kAvx512) {
    return CpuHas("avx512f") && CpuHas("avx512bw") && CpuHas("avx512vl") && CpuHas("avx512vpopcntdq") &&
           CpuHas("avx512vnni");
  }
  return isa == Isa::kNeon && CpuHas("neon");
}

Isa BestIsa() {
  for (const Isa isa : {Isa::kAvx512, Isa::kAvx2, Isa::kNeon}) {
    if (Supported(isa)) return isa;
  }
  return Isa::kScalar;
}

const Kernels& KernelsOf(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return kAvx512Kernels;
  if (isa == Isa::kAvx2) return kAvx2Kernels;
#elif defined(__aarch64__)
  if (isa == Isa::kNeon) return kNeonKernels;
#endif
  (void)isa;
  return kScalarKernels;
}

void HammingScan(const uint8_t* query, const uint8_t* rows, size_t count, size_t rowBytes,
                 uint16_t* distances) {
  Best().hammingScan(query, rows, count, rowBytes, distances);
}

void DotInt8(const int8_t* query, const int8_t* rows, size_t count, size_t dimensions,
             int32_t* dots) {
  Best().dotInt8(query, rows, count, dimensions, dots);
}

void DotNibbles(const int8_t* query, const uint8_t* rows, size_t count, size_t rowBytes,
               int32_t* dots) {
  Best().dotNibbles(query, rows, count, rowBytes, dots);
}

}  // namespace haypile
