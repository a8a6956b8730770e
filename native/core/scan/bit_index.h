// One bit a dimension for every vector, and the nearest rows to a query by the number of differing
// bits. Rows lie in blocks that are only appended to; a removed row stays as a gap until gaps are
// the greater part, then the rows are moved together.
// Search may run on any number of threads while rows are appended and removed.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <vector>

#include "kernels.h"

namespace haypile {

struct BitHit {
  uint32_t id;
  uint32_t distance;
  bool operator==(const BitHit& other) const {
    return id == other.id && distance == other.distance;
  }
};

// Bit i of word i / 64. An id behind the last word is not in the set.
using IdSet = std::vector<uint64_t>;

class BitIndex {
 public:
  static constexpr size_t kMostDimensions = kMostRowBytes * 8;

  struct Settings {
    size_t rowsPerBlock = 0;       // rounded up to 64; 0 = blocks of about a megabyte
    size_t rowsToShare = 200'000;  // with fewer rows, a second thread costs more than it saves
  };

  // dimensions: 1 to kMostDimensions.
  explicit BitIndex(size_t dimensions) : BitIndex(dimensions, Settings{}) {}
  BitIndex(size_t dimensions, Settings settings);

  // bits: `count` rows of BytesPerRow() bytes; bits behind the last dimension are not looked at.
  // An id that is in already gets a second row. All rows or, when memory is out, none.
  void Append(const uint32_t* ids, const uint8_t* bits, size_t count);

  // Every row of these ids; how many there were. One pass over all ids, however many go.
  size_t Remove(const uint32_t* ids, size_t count);
  size_t Remove(uint32_t id) { return Remove(&id, 1); }

  // The `r` rows nearest to the query, by distance, then by id; the same for any `threads`.
  // allowed: ids to look among, or null. cancel: set it and the result is empty, soon.
  std::vector<BitHit> Search(const uint8_t* queryBits, size_t r, const IdSet* allowed,
                             const std::atomic<bool>* cancel, size_t threads) const;

  size_t dimensions() const { return dimensions_; }
  size_t BytesPerRow() const { return (dimensions_ + 7) / 8; }
  size_t size() const;
  // Memory held for rows, gaps and rows still free included.
  size_t bytes() const;
  // What bytes() would say with `more` rows appended.
  size_t BytesWith(size_t more) const;

 private:
  struct AlignedDelete {
    void operator()(uint8_t* bits) const { ::operator delete[](bits, std::align_val_t{64}); }
  };
  struct Block {
    Block(size_t rows, size_t rowBytes);
    std::unique_ptr<uint8_t[], AlignedDelete> bits;
    std::unique_ptr<uint32_t[]> ids;
    std::vector<uint64_t> live;  // one bit a row
    size_t count = 0;            // rows written
    size_t liveCount = 0;
  };
  class Scan;

  // The system's lock lets readers in as long as there are any: searches without end would keep a
  // writer out. All come through this gate, so that no search begins while a writer waits.
  std::shared_lock<std::shared_mutex> LockToRead() const {
    const std::lock_guard gate(gate_);
    return std::shared_lock(mutex_);
  }

  size_t BytesOfBlocks(size_t blocks) const;
  std::vector<Block> NewBlocks(size_t rows) const;
  void AddRow(Block& block, uint32_t id, const uint8_t* bits, size_t bytes);
  void CloseGaps();

  const size_t dimensions_;
  const size_t rowBytes_;  // in memory: a multiple of 8, filled up with zero bits
  const size_t rowsPerBlock_;
  const size_t rowsToShare_;
  mutable std::mutex gate_;  // taken before mutex_
  mutable std::shared_mutex mutex_;
  std::vector<Block> blocks_;  // all full but the last one
  size_t rows_ = 0;            // written, gaps included
  size_t liveRows_ = 0;
};

}  // namespace haypile
