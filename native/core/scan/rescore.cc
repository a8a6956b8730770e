#include "rescore.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "best_ids.h"
#include "kernels.h"

namespace haypile {
namespace {

constexpr size_t kRowsAtOnce = 1024;

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
  BestIds best(std::min(k, count));
  int32_t dots[kRowsAtOnce];
  for (size_t begin = 0; begin < count && k > 0; begin += kRowsAtOnce) {
    const size_t here = std::min(count - begin, kRowsAtOnce);
    DotInt8(queryCodes, reinterpret_cast<const int8_t*>(rows) + begin * dimensions, here,
            dimensions, dots);
    for (size_t i = 0; i < here; ++i) {
      const double score = double{scales[begin + i]} * dots[i] * queryScale;
      best.See(ids[begin + i], static_cast<float>(score));
    }
  }
  return best.Take();
}

}  // namespace haypile
