// The nearest rows of many runs of bits that are not all in memory at once: each run is shown once,
// in any order, and only the best rows so far are kept. Finds what BitIndex::Search finds over the
// same rows. One thread at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bit_index.h"

namespace haypile {

class BitStream {
 public:
  // queryBits: (dimensions + 7) / 8 bytes. dimensions: 1 to BitIndex::kMostDimensions.
  BitStream(size_t dimensions, const uint8_t* queryBits, size_t r);

  // allowed: ids to look among, or null; removed: ids whose rows are passed over, or null.
  void Scan(const uint32_t* ids, const uint8_t* bits, size_t count, const IdSet* allowed,
            const IdSet* removed);
  // Rows that were found elsewhere.
  void Add(const std::vector<BitHit>& hits);
  // The best `r` of all that was shown, by distance, then by id.
  std::vector<BitHit> Best();

  size_t BytesPerRow() const { return (dimensions_ + 7) / 8; }

 private:
  void Keep(BitHit hit);
  // Forgets what is not among the best `r`.
  void Prune();

  const size_t dimensions_;
  const size_t rowBytes_;  // of the query, a multiple of 8
  const size_t r_;
  std::vector<uint8_t> query_;
  std::vector<BitHit> hits_;
  uint32_t cut_;  // rows farther than this are not among the best
};

}  // namespace haypile
