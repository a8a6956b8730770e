// BitIndex::Search. Distances are small integers: one pass over the rows counts how many lie at
// each, the counts say how far the nearest `r` reach, a second pass over the distances takes them.
// No heap: the cost is the same for any `r`.
#include <algorithm>
#include <exception>
#include <functional>
#include <thread>

#include "bit_index.h"

namespace haypile {
namespace {

// Of rows that are not to be found. No row is that long.
constexpr uint16_t kNone = UINT16_MAX;
static_assert(BitIndex::kMostDimensions < kNone);

bool IsSet(const std::atomic<bool>* cancel) {
  return cancel != nullptr && cancel->load(std::memory_order_relaxed);
}

// Which of up to 64 ids are in the set, one bit each.
uint64_t MaskOf(const IdSet& set, const uint32_t* ids, size_t count) {
  uint64_t mask = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t word = ids[i] / 64;
    if (word < set.size()) mask |= (set[word] >> (ids[i] % 64) & 1) << i;
  }
  return mask;
}

}  // namespace

class BitIndex::Scan {
 public:
  Scan(const BitIndex& index, const uint8_t* queryBits, const IdSet* allowed,
       const std::atomic<bool>* cancel)
      : index_(index),
        allowed_(allowed),
        cancel_(cancel),
        query_(index.rowBytes_),
        distances_(new uint16_t[std::max<size_t>(index.rows_, 1)]) {
    std::copy_n(queryBits, index.BytesPerRow(), query_.begin());
    const size_t last = index.dimensions_ % 8;
    if (last != 0) query_[index.dimensions_ / 8] &= static_cast<uint8_t>((1 << last) - 1);
  }

  std::vector<BitHit> Run(size_t r, size_t threads) {
    Counts counts = CountAll(threads);
    if (IsSet(cancel_)) return {};
    // All nearer than the cut are found, and of those at the cut as many as are still wanted.
    size_t cut = 0;
    size_t nearer = 0;
    while (cut < index_.dimensions_ && nearer + counts[cut] < r) nearer += counts[cut++];
    std::vector<BitHit> found;
    std::vector<uint32_t> atCut;
    found.reserve(std::min(r, nearer + counts[cut]));
    atCut.reserve(counts[cut]);
    Collect(static_cast<uint16_t>(cut), found, atCut);
    if (IsSet(cancel_)) return {};
    std::sort(found.begin(), found.end(), [](const BitHit& a, const BitHit& b) {
      return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
    });
    const size_t wanted = std::min(atCut.size(), r - nearer);
    const auto end = atCut.begin() + static_cast<std::ptrdiff_t>(wanted);
    if (end != atCut.end()) std::nth_element(atCut.begin(), end, atCut.end());
    std::sort(atCut.begin(), end);
    for (auto id = atCut.begin(); id != end; ++id) {
      found.push_back({*id, static_cast<uint32_t>(cut)});
    }
    return found;
  }

 private:
  using Counts = std::vector<uint32_t>;  // rows at each distance

  Counts CountAll(size_t threads) {
    const size_t most = index_.liveRows_ > index_.rowsToShare_ ? index_.blocks_.size() : 1;
    const size_t used = std::max<size_t>(std::min(threads, most), 1);
    std::vector<Counts> counts(used, Counts(index_.dimensions_ + 1));
    std::vector<std::vector<uint64_t>> masks(used,
                                             std::vector<uint64_t>(index_.rowsPerBlock_ / 64));
    std::vector<std::thread> others;
    others.reserve(used - 1);
    std::atomic<size_t> next{0};
    const auto work = [&](size_t worker) {
      for (size_t i = next++; i < index_.blocks_.size(); i = next++) {
        if (IsSet(cancel_)) return;
        CountBlock(i, masks[worker].data(), counts[worker].data());
      }
    };
    try {
      while (others.size() + 1 < used) others.emplace_back(work, others.size() + 1);
    } catch (const std::exception&) {
      // No more threads to be had: those that run, and this one, do all blocks.
    }
    work(0);
    for (std::thread& other : others) other.join();
    for (size_t i = 1; i < used; ++i) {
      std::transform(counts[i].begin(), counts[i].end(), counts[0].begin(), counts[0].begin(),
                     std::plus<>());
    }
    return std::move(counts[0]);
  }

  void CountBlock(size_t number, uint64_t* masks, uint32_t* counts) const {
    const Block& block = index_.blocks_[number];
    uint16_t* const distances = distances_.get() + number * index_.rowsPerBlock_;
    if (allowed_ == nullptr && block.liveCount == block.count) {
      Measure(block, 0, block.count, distances);
      for (size_t row = 0; row < block.count; ++row) ++counts[distances[row]];
      return;
    }
    // Groups of 64 rows with none to be found are not even read.
    const size_t groups = (block.count + 63) / 64;
    for (size_t group = 0; group < groups; ++group) {
      masks[group] = block.live[group];
      if (allowed_ == nullptr || masks[group] == 0) continue;
      const size_t rows = std::min<size_t>(block.count - group * 64, 64);
      masks[group] &= MaskOf(*allowed_, block.ids.get() + group * 64, rows);
    }
    for (size_t group = 0; group < groups;) {
      const size_t begin = group;
      const bool some = masks[begin] != 0;
      while (group < groups && (masks[group] != 0) == some) ++group;
      const size_t first = begin * 64;
      const size_t behind = std::min(group * 64, block.count);
      if (!some) {
        std::fill(distances + first, distances + behind, kNone);
        continue;
      }
      Measure(block, first, behind - first, distances + first);
      for (size_t row = first; row < behind; ++row) {
        if (masks[row / 64] >> (row % 64) & 1) {
          ++counts[distances[row]];
        } else {
          distances[row] = kNone;
        }
      }
    }
  }

  void Measure(const Block& block, size_t first, size_t count, uint16_t* distances) const {
    const size_t rowBytes = index_.rowBytes_;
    HammingScan(query_.data(), block.bits.get() + first * rowBytes, count, rowBytes, distances);
  }

  void Collect(uint16_t cut, std::vector<BitHit>& found, std::vector<uint32_t>& atCut) const {
    const uint16_t* distances = distances_.get();
    for (const Block& block : index_.blocks_) {
      if (IsSet(cancel_)) return;
      for (size_t row = 0; row < block.count; ++row) {
        if (distances[row] > cut) continue;
        if (distances[row] < cut) {
          found.push_back({block.ids[row], distances[row]});
        } else {
          atCut.push_back(block.ids[row]);
        }
      }
      distances += block.count;
    }
  }

  const BitIndex& index_;
  const IdSet* const allowed_;
  const std::atomic<bool>* const cancel_;
  std::vector<uint8_t> query_;
  const std::unique_ptr<uint16_t[]> distances_;
};

std::vector<BitHit> BitIndex::Search(const uint8_t* queryBits, size_t r, const IdSet* allowed,
                                     const std::atomic<bool>* cancel, size_t threads) const {
  const auto lock = LockToRead();
  if (r == 0 || liveRows_ == 0) return {};
  return Scan(*this, queryBits, allowed, cancel).Run(r, threads);
}

}  // namespace haypile
