// For any CPU, and what the others are compared with.
#include <cstring>

#include "kernel_tables.h"

namespace haypile {
namespace {

// Without a flag the compiler's own popcount is a call into a table; this is not.
uint64_t CountBits(uint64_t word) {
  word -= (word >> 1) & 0x5555555555555555u;
  word = (word & 0x3333333333333333u) + ((word >> 2) & 0x3333333333333333u);
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
  return (word * 0x0101010101010101u) >> 56;
}

void HammingScalar(const uint8_t* query, const uint8_t* rows, size_t count, size_t rowBytes,
                   uint16_t* distances) {
  for (size_t row = 0; row < count; ++row, rows += rowBytes) {
    uint64_t distance = 0;
    for (size_t at = 0; at < rowBytes; at += 8) {
      uint64_t left;
      uint64_t right;
      std::memcpy(&left, query + at, 8);
      std::memcpy(&right, rows + at, 8);
      distance += CountBits(left ^ right);
    }
    distances[row] = static_cast<uint16_t>(distance);
  }
}

void DotScalar(const int8_t* query, const int8_t* rows, size_t count, size_t dimensions,
               int32_t* dots) {
  for (size_t row = 0; row < count; ++row, rows += dimensions) {
    int32_t dot = 0;
    for (size_t i = 0; i < dimensions; ++i) dot += int32_t{query[i]} * rows[i];
    dots[row] = dot;
  }
}

void DotNibblesScalar(const int8_t* query, const uint8_t* rows, size_t count, size_t rowBytes,
                     int32_t* dots) {
  for (size_t row = 0; row < count; ++row, rows += rowBytes) {
    int32_t dot = 0;
    for (size_t i = 0; i < rowBytes; ++i) {
      dot += int32_t{query[i]} * (rows[i] & 15) + int32_t{query[rowBytes + i]} * (rows[i] >> 4);
    }
    dots[row] = dot;
  }
}

}  // namespace

const Kernels kScalarKernels = {HammingScalar, DotScalar, DotNibblesScalar};

}  // namespace haypile
