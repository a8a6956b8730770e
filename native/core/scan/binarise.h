// One bit a dimension: whether a value lies above the mean of its dimension.
#pragma once
#include <cstddef>
#include <cstdint>

namespace haypile {

// Bit i (bit i % 8 of byte i / 8) = vector[i] > mean[i]; bits behind the last are zero.
// Writes (dimensions + 7) / 8 bytes.
void Binarise(const float* vector, const float* mean, size_t dimensions, uint8_t* bits);

// The same for the vector row[i] * scale.
void BinariseInt8(const int8_t* row, float scale, const float* mean, size_t dimensions,
                  uint8_t* bits);

}  // namespace haypile
