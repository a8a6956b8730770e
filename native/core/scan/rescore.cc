#include "rescore.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "kernels.h"

namespace haypile {
namespace {

constexpr size_t kRowsAtOnce = 1024;

// One number that is greater for the better row, so that the order is total whatever the floats
// are. Floats in their binary form sort as integers once the negative ones are turned round.
uint64_t KeyOf(float score, uint32_t id) {
  score += 0.0f;  // -0 becomes 0
  uint32_t bits;
  std::memcpy(&bits, &score, sizeof bits);
  bits = (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
  return uint64_t{bits} << 32 | (UINT32_MAX - id);
}

ScoredId OfKey(uint64_t key) {
  uint32_t bits = static_cast<uint32_t>(key >> 32);
  bits = (bits >> 31) != 0 ? bits & 0x7fffffffu : ~bits;
  float score;
  std::memcpy(&score, &bits, sizeof score);
  return {UINT32_MAX - static_cast<uint32_t>(key), score};
}

}  // namespace

float QuantiseInt8(const float* vector, size_t dimensions, int8_t* codes) {
  double greatest = 0;
  for (size_t i = 0; i < dimensions; ++i) {
    greatest = std::max(greatest, std::fabs(static_cast<double>(vector[i])));
  }
  std::memset(codes, 0, dimensions);
  if (greatest == 0) return 0;
  const double factor = 127 / greatest;
  // JavaScript rounds halves up, std::round rounds them away from zero.
  for (size_t i = 0; i < dimensions; ++i) {
    const double value = static_cast<double>(vector[i]) * factor;
    const double down = std::floor(value);
    codes[i] = static_cast<int8_t>(value - down >= 0.5 ? down + 1 : down);
  }
  return static_cast<float>(greatest / 127);
}

std::vector<ScoredId> Rescore(const int8_t* queryCodes, float queryScale, const uint8_t* rows,
                              const float* scales, const uint32_t* ids, size_t count,
                              size_t dimensions, size_t k) {
  std::vector<uint64_t> best;  // a heap with the worst of the best on top
  best.reserve(std::min(k, count));
  int32_t dots[kRowsAtOnce];
  for (size_t begin = 0; begin < count && k > 0; begin += kRowsAtOnce) {
    const size_t here = std::min(count - begin, kRowsAtOnce);
    DotInt8(queryCodes, reinterpret_cast<const int8_t*>(rows) + begin * dimensions, here,
            dimensions, dots);
    for (size_t i = 0; i < here; ++i) {
      const double score = double{scales[begin + i]} * dots[i] * queryScale;
      const uint64_t key = KeyOf(static_cast<float>(score), ids[begin + i]);
      if (best.size() == k) {
        if (key <= best.front()) continue;
        std::pop_heap(best.begin(), best.end(), std::greater<>());
        best.pop_back();
      }
      best.push_back(key);
      std::push_heap(best.begin(), best.end(), std::greater<>());
    }
  }
  std::sort(best.begin(), best.end(), std::greater<>());
  std::vector<ScoredId> result;
  result.reserve(best.size());
  for (const uint64_t key : best) result.push_back(OfKey(key));
  return result;
}

}  // namespace haypile
