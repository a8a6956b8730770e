// Scores of int8 rows against an int8 query, and the best of them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace haypile {

struct ScoredId {
  uint32_t id;
  float score;
};

// Rounds to int8, symmetric: the greatest magnitude becomes 127. Returns the scale, by which
// codes[i] * scale is the value again; 0 for a zero vector. Values must be finite.
// The numbers are those of src/storage/sqlite/vectors/quantize.ts.
float QuantiseInt8(const float* vector, size_t dimensions, int8_t* codes);

// The `k` best of `count` rows: the highest score, then the lowest id, first.
// score = dot * scale of the row * queryScale.
std::vector<ScoredId> Rescore(const int8_t* queryCodes, float queryScale, const uint8_t* rows,
                              const float* scales, const uint32_t* ids, size_t count,
                              size_t dimensions, size_t k);

}  // namespace haypile
