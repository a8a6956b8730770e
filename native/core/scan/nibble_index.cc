#include "nibble_index.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <utility>

#include "best_ids.h"

namespace haypile {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;
constexpr size_t kRowsAtOnce = 256;
constexpr size_t kBytesAtOnce = 32;
// Of values that are spread as a normal distribution, 16 equal steps lose least when each is so much of the
// standard deviation: J. Max, "Quantizing for Minimum Distortion", IRE Transactions on Information Theory 6 (1960), table II.
constexpr double kStep = 0.3352;
constexpr int kMostNibble = 15;

size_t RowBytesOf(size_t dimensions) {
  const size_t bytes = (dimensions + 1) / 2;
  return (bytes + kBytesAtOnce - 1) / kBytesAtOnce * kBytesAtOnce;
}

bool Has(const IdSet& set, size_t id) {
  return id / 64 < set.size() && (set[id / 64] >> (id % 64) & 1) != 0;
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

NibbleIndex::Block::Block(size_t rows, size_t rowBytes)
    : nibbles(static_cast<uint8_t*>(::operator new[](rows * rowBytes, std::align_val_t{64}))),
      scales(new float[rows]) {}

NibbleIndex::NibbleIndex(size_t dimensions, size_t rowsPerBlock)
    : dimensions_(dimensions),
      rowBytes_(RowBytesOf(dimensions)),
      rowsPerBlock_(rowsPerBlock > 0 ? rowsPerBlock
                                     : std::max<size_t>(kBlockBytes / rowBytes_, 16)) {}

void NibbleIndex::Append(const int8_t* codes, const float* scales, size_t count) {
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
    block.scales[at] = PackNibbles(codes + i * dimensions_, scale, dimensions_, rowBytes_,
                                  block.nibbles.get() + at * rowBytes_);
  }
}

std::vector<ScoredId> NibbleIndex::Search(const int8_t* queryCodes, float queryScale, size_t k,
                                        const IdSet* allowed) const {
  // Values that are missing at the end of a half of the row are zeros.
  std::vector<int8_t> query(2 * rowBytes_);
  std::copy_n(queryCodes, dimensions_, query.begin());
  int64_t sum = 0;
  for (const int8_t code : query) sum += code;
  BestIds best(std::min(k, rows_));
  int32_t dots[kRowsAtOnce];
  for (size_t begin = 0; begin < rows_ && k > 0;) {
    const Block& block = blocks_[begin / rowsPerBlock_];
    const size_t first = begin % rowsPerBlock_;
    const size_t here = std::min({kRowsAtOnce, rowsPerBlock_ - first, rows_ - begin});
    DotNibbles(query.data(), block.nibbles.get() + first * rowBytes_, here, rowBytes_, dots);
    for (size_t i = 0; i < here; ++i) {
      const float scale = block.scales[first + i];
      if (scale == 0 || (allowed != nullptr && !Has(*allowed, begin + i))) continue;
      const auto dot = static_cast<double>(2 * int64_t{dots[i]} - kMostNibble * sum);
      best.See(static_cast<uint32_t>(begin + i),
               static_cast<float>(double{scale} * dot * queryScale));
    }
    begin += here;
  }
  return best.Take();
}

size_t NibbleIndex::BytesOfBlocks(size_t blocks) const {
  return blocks * rowsPerBlock_ * (rowBytes_ + sizeof(float));
}

size_t NibbleIndex::BytesWith(size_t more) const {
  return BytesOfBlocks((rows_ + more + rowsPerBlock_ - 1) / rowsPerBlock_);
}

}  // namespace haypile
