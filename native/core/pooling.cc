#include "core/pooling.h"

#include <algorithm>
#include <cmath>

namespace haypile {

void PoolAndNormalise(Pooling pooling, const float* hidden, const int64_t* mask, size_t batch,
                      size_t length, size_t dimensions, float* out) {
  for (size_t row = 0; row < batch; ++row) {
    const float* tokens = hidden + row * length * dimensions;
    float* vector = out + row * dimensions;
    if (pooling == Pooling::kCls) {
      std::copy(tokens, tokens + dimensions, vector);
    } else {
      std::fill(vector, vector + dimensions, 0.0f);
      for (size_t token = 0; token < length; ++token) {
        if (mask[row * length + token] == 0) continue;
        const float* values = tokens + token * dimensions;
        for (size_t i = 0; i < dimensions; ++i) vector[i] += values[i];
      }
    }
    // The mean's divisor cancels in the normalisation.
    double square = 0;
    for (size_t i = 0; i < dimensions; ++i) square += double(vector[i]) * vector[i];
    if (square <= 0) continue;
    const float scale = static_cast<float>(1.0 / std::sqrt(square));
    for (size_t i = 0; i < dimensions; ++i) vector[i] *= scale;
  }
}

}  // namespace haypile
