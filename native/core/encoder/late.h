// Late interaction: each token of a question looks for its nearest token of a text, and what it finds counts by
// what its word is worth.
#pragma once
#include <cstddef>
#include <cstdint>

namespace haypile::encoder {

struct LateRun {
  const uint8_t* worth;  // of each id of the vocabulary; 0: it is not looked for, as special tokens are not
  const int32_t* ids;    // of the batch's tokens in that vocabulary; those of the batch may be of a part of it
};

}  // namespace haypile::encoder
