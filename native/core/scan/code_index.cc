#include "code_index.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <utility>

#include "best_ids.h"

namespace haypile {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;
constexpr size_t kRowsAtOnce = 64;
constexpr size_t kLineBytes = 64;
// With fewer allowed among so many, each is compared by itself.
constexpr int kFewAllowed = 16;
constexpr size_t kBytesAtOnce = 32;
// Of values that are spread as a normal distribution, 16 equal steps lose least when each is so much of the
// standard deviation: J. Max, "Quantizing for Minimum Distortion", IRE Transactions on Information Theory 6 (1960), table II.
constexpr double kStep = 0.3352;
constexpr int kMostNibble = 15;

size_t RowBytesOf(size_t dimensions, unsigned bits) {
  if (bits == 8) return dimensions;
  const size_t bytes = (dimensions + 1) / 2;
  return (bytes + kBytesAtOnce - 1) / kBytesAtOnce * kBytesAtOnce;
}

// Bit i: row first + i is allowed. first: a multiple of 64.
uint64_t MaskOf(const IdSet* allowed, size_t first) {
  if (allowed == nullptr) return UINT64_MAX;
  return first / 64 < allowed->size() ? (*allowed)[first / 64] : 0;
}

int CountBits(uint64_t mask) {
  int count = 0;
  for (; mask != 0; mask &= mask - 1) ++count;
  return count;
}

}  // namespace

float PackNibbles(const int8_t* codes, float scale, size_t dimensions, size_t rowBytes,
                 uint8_t* nibbles) {
  std::memset(nibbles, 0, rowBytes);
  int64_t squares = 0;
  for (size_t i = 0; i < dimensions; ++i) squares += int64_t{codes[i]} * codes[i];
  if (squares == 0) return 0;
  const auto perStep = static_cast<float>(
      1 / (kStep * std::sqrt(static_cast<double>(squares) / static_cast<double>(dimensions))));
  int64_t product = 0;
  for (size_t i = 0; i < dimensions; ++i) {
    // Not below 0, so that cutting off rounds down.
    const float level = std::clamp(static_cast<float>(codes[i]) * perStep + 8, 0.0f,
                                   static_cast<float>(kMostNibble));
    const int nibble = static_cast<int>(level);
    const bool isUpper = i >= rowBytes;
    uint8_t& byte = nibbles[isUpper ? i - rowBytes : i];
    byte = static_cast<uint8_t>(byte | (isUpper ? nibble << 4 : nibble));
    product += int64_t{codes[i]} * (2 * nibble - kMostNibble);
  }
  // So long that the row's product with itself is right: that of others is then right in the mean.
  return product <= 0
             ? 0
             : static_cast<float>(scale * static_cast<double>(squares) / static_cast<double>(product));
}

CodeIndex::Block::Block(size_t rowCount, size_t rowBytes)
    : rows(static_cast<uint8_t*>(::operator new[](rowCount * rowBytes, std::align_val_t{64}))),
      scales(new float[rowCount]) {}

CodeIndex::CodeIndex(size_t dimensions, unsigned bits, size_t rowsPerBlock)
    : dimensions_(dimensions),
      bits_(bits),
      rowBytes_(RowBytesOf(dimensions, bits)),
      rowsPerBlock_(((rowsPerBlock > 0 ? rowsPerBlock : kBlockBytes / rowBytes_) + 63) / 64 * 64) {}

void CodeIndex::Append(const int8_t* codes, const float* scales, size_t count) {
  // All memory is had before the first row is written.
  const size_t room = blocks_.size() * rowsPerBlock_ - rows_;
  std::vector<Block> more;
  for (size_t had = room; had < count; had += rowsPerBlock_) {
    more.emplace_back(rowsPerBlock_, rowBytes_);
  }
  blocks_.reserve(blocks_.size() + more.size());
  std::move(more.begin(), more.end(), std::back_inserter(blocks_));
  for (size_t i = 0; i < count; ++i, ++rows_) {
    Block& block = blocks_[rows_ / rowsPerBlock_];
    const size_t at = rows_ % rowsPerBlock_;
    const float scale = scales[i] > 0 ? scales[i] : 0;
    const int8_t* const row = codes + i * dimensions_;
    uint8_t* const to = block.rows.get() + at * rowBytes_;
    if (bits_ == 4) {
      block.scales[at] = PackNibbles(row, scale, dimensions_, rowBytes_, to);
      continue;
    }
    std::memcpy(to, row, dimensions_);
    const bool isZero = std::all_of(row, row + dimensions_, [](int8_t code) { return code == 0; });
    block.scales[at] = isZero ? 0 : scale;
  }
}

// A query as the rows are compared with it.
class CodeIndex::Query {
 public:
  Query(const CodeIndex& index, const int8_t* codes)
      : index_(index), codes_(index.bits_ == 8 ? index.dimensions_ : 2 * index.rowBytes_) {
    // Values that are missing at the end of a half of the row are zeros.
    std::copy_n(codes, index.dimensions_, codes_.begin());
    for (const int8_t code : codes_) sum_ += code;
  }

  // Exact products with the codes of `count` rows; of four bits twice the code less 15.
  void Dots(const uint8_t* rows, size_t count, int32_t* dots) const {
    if (index_.bits_ == 8) {
      DotInt8(codes_.data(), reinterpret_cast<const int8_t*>(rows), count, index_.dimensions_, dots);
    } else {
      DotNibbles(codes_.data(), rows, count, index_.rowBytes_, dots);
    }
  }
  double ProductOf(int32_t dot) const {
    return index_.bits_ == 8 ? dot : static_cast<double>(2 * int64_t{dot} - kMostNibble * sum_);
  }

 private:
  const CodeIndex& index_;
  std::vector<int8_t> codes_;
  int64_t sum_ = 0;
};

std::vector<ScoredId> CodeIndex::Search(const int8_t* queryCodes, float queryScale, size_t k,
                                        const IdSet* allowed) const {
  const Query query(*this, queryCodes);
  BestIds best(std::min(k, rows_));
  int32_t dots[kRowsAtOnce];
  for (size_t begin = 0; begin < rows_ && k > 0; begin += kRowsAtOnce) {
    const Block& block = blocks_[begin / rowsPerBlock_];
    const size_t first = begin % rowsPerBlock_;
    const size_t here = std::min(kRowsAtOnce, rows_ - begin);
    const uint64_t mask = MaskOf(allowed, begin);
    if (mask == 0) continue;
    const bool areFew = CountBits(mask) < kFewAllowed;
    const uint8_t* const rows = block.rows.get() + first * rowBytes_;
    if (!areFew) {
      // The memory of the next ones is on its way meanwhile.
      const bool hasNext = first + 2 * kRowsAtOnce <= rowsPerBlock_;
      for (size_t at = 0; hasNext && at < kRowsAtOnce * rowBytes_; at += kLineBytes) {
        __builtin_prefetch(rows + kRowsAtOnce * rowBytes_ + at);
      }
      query.Dots(rows, here, dots);
    }
    for (size_t i = 0; i < here; ++i) {
      const float scale = block.scales[first + i];
      if (scale == 0 || (mask >> i & 1) == 0) continue;
      if (areFew) query.Dots(rows + i * rowBytes_, 1, dots + i);
      const auto score = static_cast<float>(double{scale} * query.ProductOf(dots[i]) * queryScale);
      if (best.MayTake(score)) best.See(static_cast<uint32_t>(begin + i), score);
    }
  }
  return best.Take();
}

size_t CodeIndex::BytesOfBlocks(size_t blocks) const {
  return blocks * rowsPerBlock_ * (rowBytes_ + sizeof(float));
}

size_t CodeIndex::BytesWith(size_t more) const {
  return BytesOfBlocks((rows_ + more + rowsPerBlock_ - 1) / rowsPerBlock_);
}

}  // namespace haypile
