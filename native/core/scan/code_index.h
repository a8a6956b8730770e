// Vectors of eight or four bits a value, and the best rows of a query by dot product, about: the caller compares the few
// that are found once more. Rows are numbered in the order they came in, from 0, and none is taken out.
// One thread at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "bit_index.h"
#include "kernels.h"
#include "rescore.h"

namespace haypile {

class CodeIndex {
 public:
  // dimensions: 1 to kMostDotDimensions. bits: 8 or 4. rowsPerBlock: 0 = blocks of about a megabyte; rounded up to 64.
  CodeIndex(size_t dimensions, unsigned bits, size_t rowsPerBlock = 0);

  // codes: `count` rows of `dimensions` int8 values, which times scales[i] are its numbers. A row of zeros, or with a
  // scale that is not above 0, is never found. All rows or, when memory is out, none.
  void Append(const int8_t* codes, const float* scales, size_t count);

  // The `k` best rows: the highest score, then the lowest number, first. score = the dot product, about.
  // queryCodes, queryScale: of QuantiseInt8. allowed: numbers to look among, or null.
  std::vector<ScoredId> Search(const int8_t* queryCodes, float queryScale, size_t k,
                               const IdSet* allowed) const;

  size_t dimensions() const { return dimensions_; }
  size_t size() const { return rows_; }
  // Memory held for rows, those still free in the last block included.
  size_t bytes() const { return BytesOfBlocks(blocks_.size()); }
  // What bytes() would say with `more` rows appended.
  size_t BytesWith(size_t more) const;

 private:
  struct AlignedDelete {
    void operator()(uint8_t* rows) const { ::operator delete[](rows, std::align_val_t{64}); }
  };
  struct Block {
    Block(size_t rows, size_t rowBytes);
    std::unique_ptr<uint8_t[], AlignedDelete> rows;
    std::unique_ptr<float[]> scales;  // 0: not to be found
  };

  class Query;

  size_t BytesOfBlocks(size_t blocks) const;

  const size_t dimensions_;
  const unsigned bits_;
  const size_t rowBytes_;  // of four bits a multiple of 32: values behind the last are met by zeros of the query
  const size_t rowsPerBlock_;
  std::vector<Block> blocks_;  // all full but the last one
  size_t rows_ = 0;
};

// Writes `rowBytes` bytes as Kernels::dotNibbles reads them, and returns the scale: a value is about
// (2 * nibble - 15) * scale. 0 for a row of zeros.
float PackNibbles(const int8_t* codes, float scale, size_t dimensions, size_t rowBytes,
                 uint8_t* nibbles);

}  // namespace haypile
