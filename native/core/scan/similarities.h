// How alike a few int8 rows are to one another.
#pragma once
#include <cstddef>
#include <cstdint>

namespace haypile {

// Cosines of `count` rows with each other into `out`, count x count, symmetric. A row's scale does
// not matter to them. A row of zeros is alike to nothing: its cosines are 0, with itself as well.
void Similarities(const int8_t* rows, size_t count, size_t dimensions, float* out);

}  // namespace haypile
