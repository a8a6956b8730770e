#include "bit_stream.h"

#include <algorithm>

namespace haypile {
namespace {

// Rows measured at once: their distances, and copies where they need filling up, stay in cache.
constexpr size_t kRowsAtOnce = 256;
// Hits kept beside the best before these are sorted out.
constexpr size_t kSlack = 4096;

bool Nearer(const BitHit& a, const BitHit& b) {
  return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
}

bool Has(const IdSet& set, uint32_t id) {
  return id / 64 < set.size() && (set[id / 64] >> (id % 64) & 1) != 0;
}

}  // namespace

BitStream::BitStream(size_t dimensions, const uint8_t* queryBits, size_t r)
    : dimensions_(dimensions),
      rowBytes_((dimensions + 63) / 64 * 8),
      r_(r),
      query_(rowBytes_),
      cut_(static_cast<uint32_t>(dimensions)) {
  std::copy_n(queryBits, BytesPerRow(), query_.begin());
  if (dimensions % 8 != 0) {
    query_[dimensions / 8] &= static_cast<uint8_t>((1 << dimensions % 8) - 1);
  }
}

void BitStream::Scan(const uint32_t* ids, const uint8_t* bits, size_t count, const IdSet* allowed,
                     const IdSet* removed) {
  if (r_ == 0) return;
  const size_t bytes = BytesPerRow();
  const bool asIs = dimensions_ % 64 == 0;
  std::vector<uint8_t> filledUp(asIs ? 0 : kRowsAtOnce * rowBytes_);
  uint16_t distances[kRowsAtOnce];
  for (size_t at = 0; at < count; at += kRowsAtOnce) {
    const size_t rows = std::min(kRowsAtOnce, count - at);
    const uint8_t* from = bits + at * bytes;
    if (!asIs) {
      for (size_t row = 0; row < rows; ++row) {
        uint8_t* const to = filledUp.data() + row * rowBytes_;
        std::copy_n(from + row * bytes, bytes, to);
        if (dimensions_ % 8 != 0) {
          to[dimensions_ / 8] &= static_cast<uint8_t>((1 << dimensions_ % 8) - 1);
        }
      }
      from = filledUp.data();
    }
    HammingScan(query_.data(), from, rows, rowBytes_, distances);
    for (size_t row = 0; row < rows; ++row) {
      if (distances[row] > cut_) continue;
      const uint32_t id = ids[at + row];
      if (removed != nullptr && Has(*removed, id)) continue;
      if (allowed != nullptr && !Has(*allowed, id)) continue;
      Keep({id, distances[row]});
    }
  }
}

void BitStream::Add(const std::vector<BitHit>& hits) {
  if (r_ == 0) return;
  for (const BitHit& hit : hits) Keep(hit);
}

std::vector<BitHit> BitStream::Best() {
  Prune();
  std::sort(hits_.begin(), hits_.end(), Nearer);
  return hits_;
}

void BitStream::Keep(BitHit hit) {
  hits_.push_back(hit);
  if (hits_.size() >= r_ + std::max(r_, kSlack)) Prune();
}

void BitStream::Prune() {
  if (hits_.size() <= r_) return;
  const auto end = hits_.begin() + static_cast<std::ptrdiff_t>(r_);
  std::nth_element(hits_.begin(), end, hits_.end(), Nearer);
  hits_.erase(end, hits_.end());
  cut_ = std::max_element(hits_.begin(), hits_.end(), Nearer)->distance;
}

}  // namespace haypile
