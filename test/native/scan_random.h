// What the tests of scans share.
#pragma once
#include <random>
#include <vector>

#include "core/scan/kernels.h"

namespace haypile {

inline std::vector<Isa> SupportedIsas() {
  std::vector<Isa> found;
  for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512, Isa::kNeon}) {
    if (Supported(isa)) found.push_back(isa);
  }
  return found;
}

template <class T>
std::vector<T> RandomBytes(std::mt19937& random, size_t count) {
  std::vector<T> bytes(count);
  for (T& byte : bytes) byte = static_cast<T>(random());
  return bytes;
}

}  // namespace haypile
