// From token vectors to one unit vector a text, for models whose graph stops before pooling.
#pragma once
#include <cstddef>
#include <cstdint>

namespace haypile {

enum class Pooling {
  kGraph,  // the graph pools and normalises; nothing is left to do
  kMean,   // mean over the tokens the mask keeps
  kCls,    // the first token
};

// hidden: batch × length × dimensions; mask: batch × length (1 = token, 0 = padding);
// out: batch × dimensions. Each row is scaled to length 1 (a zero row stays zero).
void PoolAndNormalise(Pooling pooling, const float* hidden, const int64_t* mask, size_t batch,
                      size_t length, size_t dimensions, float* out);

}  // namespace haypile
