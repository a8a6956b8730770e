#include "bit_index.h"

#include <algorithm>
#include <cstring>

namespace haypile {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;
constexpr size_t kMostRowsPerBlock = 16'384;

size_t RowsPerBlock(size_t asked, size_t rowBytes) {
  const size_t rows =
      asked > 0 ? asked : std::clamp<size_t>(kBlockBytes / rowBytes, 64, kMostRowsPerBlock);
  return (rows + 63) / 64 * 64;
}

// Ids to remove. Most ids of an index are none of them, which the filter says without a search.
class RemovedIds {
 public:
  RemovedIds(const uint32_t* ids, size_t count) : sorted_(ids, ids + count), filter_(1 << 10) {
    std::sort(sorted_.begin(), sorted_.end());
    for (const uint32_t id : sorted_) filter_[Word(id)] |= Bit(id);
  }
  bool Has(uint32_t id) const {
    return (filter_[Word(id)] & Bit(id)) != 0 &&
           std::binary_search(sorted_.begin(), sorted_.end(), id);
  }

 private:
  static size_t Word(uint32_t id) { return (id >> 6) & 0x3ff; }
  static uint64_t Bit(uint32_t id) { return uint64_t{1} << (id & 63); }
  std::vector<uint32_t> sorted_;
  std::vector<uint64_t> filter_;
};

}  // namespace

BitIndex::Block::Block(size_t rows, size_t rowBytes)
    : bits(static_cast<uint8_t*>(::operator new[](rows * rowBytes, std::align_val_t{64}))),
      ids(new uint32_t[rows]),
      live((rows + 63) / 64) {}

BitIndex::BitIndex(size_t dimensions, Settings settings)
    : dimensions_(dimensions),
      rowBytes_((dimensions + 63) / 64 * 8),
      rowsPerBlock_(RowsPerBlock(settings.rowsPerBlock, rowBytes_)),
      rowsToShare_(settings.rowsToShare) {}

std::vector<BitIndex::Block> BitIndex::NewBlocks(size_t rows) const {
  std::vector<Block> made;
  made.reserve((rows + rowsPerBlock_ - 1) / rowsPerBlock_);
  for (size_t at = 0; at < rows; at += rowsPerBlock_) made.emplace_back(rowsPerBlock_, rowBytes_);
  return made;
}

void BitIndex::AddRow(Block& block, uint32_t id, const uint8_t* bits, size_t bytes) {
  const size_t row = block.count++;
  uint8_t* const to = block.bits.get() + row * rowBytes_;
  std::memcpy(to, bits, bytes);
  if (bytes < rowBytes_) std::memset(to + bytes, 0, rowBytes_ - bytes);
  if (dimensions_ % 8 != 0) to[dimensions_ / 8] &= static_cast<uint8_t>((1 << dimensions_ % 8) - 1);
  block.ids[row] = id;
  block.live[row / 64] |= uint64_t{1} << (row % 64);
  ++block.liveCount;
}

void BitIndex::Append(const uint32_t* ids, const uint8_t* bits, size_t count) {
  const std::lock_guard gate(gate_);
  const std::unique_lock lock(mutex_);
  // All memory is had before the first row is written.
  const size_t room = blocks_.size() * rowsPerBlock_ - rows_;
  std::vector<Block> more = NewBlocks(count > room ? count - room : 0);
  size_t at = room == 0 ? blocks_.size() : blocks_.size() - 1;
  blocks_.reserve(blocks_.size() + more.size());
  std::move(more.begin(), more.end(), std::back_inserter(blocks_));
  for (size_t i = 0; i < count; ++i) {
    if (blocks_[at].count == rowsPerBlock_) ++at;
    AddRow(blocks_[at], ids[i], bits + i * BytesPerRow(), BytesPerRow());
  }
  rows_ += count;
  liveRows_ += count;
}

size_t BitIndex::Remove(const uint32_t* ids, size_t count) {
  if (count == 0) return 0;
  const RemovedIds removed(ids, count);
  const std::lock_guard gate(gate_);
  const std::unique_lock lock(mutex_);
  const size_t before = liveRows_;
  for (Block& block : blocks_) {
    for (size_t row = 0; row < block.count; ++row) {
      if (!removed.Has(block.ids[row])) continue;
      const uint64_t bit = uint64_t{1} << (row % 64);
      if ((block.live[row / 64] & bit) == 0) continue;
      block.live[row / 64] &= ~bit;
      --block.liveCount;
      --liveRows_;
    }
  }
  if (rows_ - liveRows_ > liveRows_) CloseGaps();
  return before - liveRows_;
}

void BitIndex::CloseGaps() {
  // Worth it only when a block is won, or nothing is left.
  if (liveRows_ > 0 && rows_ - liveRows_ < rowsPerBlock_) return;
  try {
    std::vector<Block> packed = NewBlocks(liveRows_);
    size_t at = 0;
    for (const Block& block : blocks_) {
      for (size_t row = 0; row < block.count; ++row) {
        if ((block.live[row / 64] >> (row % 64) & 1) == 0) continue;
        if (packed[at].count == rowsPerBlock_) ++at;
        AddRow(packed[at], block.ids[row], block.bits.get() + row * rowBytes_, rowBytes_);
      }
    }
    blocks_ = std::move(packed);
    rows_ = liveRows_;
  } catch (const std::bad_alloc&) {
    // The gaps stay, and are skipped as before.
  }
}

size_t BitIndex::size() const {
  const auto lock = LockToRead();
  return liveRows_;
}

size_t BitIndex::bytes() const {
  const auto lock = LockToRead();
  return BytesOfBlocks(blocks_.size());
}

size_t BitIndex::BytesWith(size_t more) const {
  const auto lock = LockToRead();
  return BytesOfBlocks((rows_ + more + rowsPerBlock_ - 1) / rowsPerBlock_);
}

size_t BitIndex::BytesOfBlocks(size_t blocks) const {
  return blocks * (rowsPerBlock_ * (rowBytes_ + sizeof(uint32_t)) + rowsPerBlock_ / 8);
}

}  // namespace haypile
