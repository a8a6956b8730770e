#include "similarities.h"

#include <cmath>
#include <vector>

#include "kernels.h"

namespace haypile {

void Similarities(const int8_t* rows, size_t count, size_t dimensions, float* out) {
  std::vector<int32_t> dots(count);
  std::vector<double> norms(count);
  for (size_t i = 0; i < count; ++i) {
    const int8_t* row = rows + i * dimensions;
    DotInt8(row, row, 1, dimensions, dots.data());
    norms[i] = std::sqrt(static_cast<double>(dots[0]));
  }
  for (size_t i = 0; i < count; ++i) {
    DotInt8(rows + i * dimensions, rows + i * dimensions, count - i, dimensions, dots.data());
    for (size_t j = i; j < count; ++j) {
      const double length = norms[i] * norms[j];
      const float cosine = length == 0 ? 0.0f : static_cast<float>(dots[j - i] / length);
      out[i * count + j] = cosine;
      out[j * count + i] = cosine;
    }
  }
}

}  // namespace haypile
