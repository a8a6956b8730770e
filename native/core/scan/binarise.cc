#include "binarise.h"

#include <algorithm>
#include <cstring>
#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace haypile {
namespace {

// Eight values to a byte.
uint8_t EightBits(const float* values, const float* mean) {
#if defined(__x86_64__)
  const auto above = [&](int at) {
    return _mm_movemask_ps(_mm_cmpgt_ps(_mm_loadu_ps(values + at), _mm_loadu_ps(mean + at)));
  };
  return static_cast<uint8_t>(above(0) | above(4) << 4);
#else
  unsigned bits = 0;
  for (unsigned i = 0; i < 8; ++i) bits |= unsigned{values[i] > mean[i]} << i;
  return static_cast<uint8_t>(bits);
#endif
}

// load(at, count, values): values of the vector from `at` on.
template <class Load>
void BinariseWith(Load load, const float* mean, size_t dimensions, uint8_t* bits) {
  float values[8];
  size_t at = 0;
  for (; at + 8 <= dimensions; at += 8) {
    load(at, 8, values);
    *bits++ = EightBits(values, mean + at);
  }
  if (at == dimensions) return;
  float lastMean[8] = {};
  std::fill(values, values + 8, 0.0f);
  load(at, dimensions - at, values);
  std::copy(mean + at, mean + dimensions, lastMean);
  *bits = EightBits(values, lastMean);
}

}  // namespace

void Binarise(const float* vector, const float* mean, size_t dimensions, uint8_t* bits) {
  const auto load = [&](size_t at, size_t count, float* values) {
    std::memcpy(values, vector + at, count * sizeof(float));
  };
  BinariseWith(load, mean, dimensions, bits);
}

void BinariseInt8(const int8_t* row, float scale, const float* mean, size_t dimensions,
                  uint8_t* bits) {
  const auto load = [&](size_t at, size_t count, float* values) {
    for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(row[at + i]) * scale;
  };
  BinariseWith(load, mean, dimensions, bits);
}

}  // namespace haypile
