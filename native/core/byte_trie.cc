#include "byte_trie.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace haypile {

// Places the nodes breadth first, so that the nodes near the root, met by every word, lie together
// and the many nodes with one child fill the gaps the wide ones leave.
class ByteTrie::Builder {
 public:
  Builder(ByteTrie& trie, std::vector<Entry> entries) : trie_(trie), entries_(std::move(entries)) {
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.text < b.text; });
    KeepLast();
    Grow(512);
    std::vector<Range> level{{kRoot, 0, entries_.size()}};
    for (size_t depth = 0; !level.empty(); ++depth) {
      std::vector<Range> next;
      for (const Range& range : level) Place(range, depth, next);
      level = std::move(next);
    }
    size_t last = trie_.units_.size();
    while (last > 0 && (trie_.units_[last - 1] & kTaken) == 0) --last;
    // Every base lies at or below a taken cell, so 256 cells more make each look-up in bounds.
    trie_.units_.resize(std::max<size_t>(last, 1) + 256);
    trie_.values_.resize(trie_.units_.size());
    trie_.units_.shrink_to_fit();
    trie_.values_.shrink_to_fit();
  }

 private:
  struct Range {
    Cursor node;
    size_t begin, end;  // entries below this node
  };

  static constexpr uint32_t kFirstCell = 256;  // those below stay free: leaves point there
  static constexpr uint32_t kTriesBeforeGivingUp = 8;

  void KeepLast() {
    size_t kept = 0;
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].text.empty()) continue;
      if (i + 1 < entries_.size() && entries_[i].text == entries_[i + 1].text) continue;
      if (kept != i) entries_[kept] = std::move(entries_[i]);
      ++kept;
    }
    entries_.resize(kept);
  }

  void Grow(size_t cells) {
    if (cells > kMostCells) throw std::length_error("The vocabulary needs too many trie nodes.");
    trie_.units_.resize(cells);
    trie_.values_.resize(cells);
    basesTaken_.resize(cells);
  }

  bool Fits(uint32_t base, const std::vector<uint8_t>& bytes) {
    if (base + 256 > trie_.units_.size()) Grow(trie_.units_.size() + trie_.units_.size() / 2 + 512);
    if (basesTaken_[base]) return false;
    return std::all_of(bytes.begin(), bytes.end(), [&](uint8_t byte) {
      return (trie_.units_[base + byte] & kTaken) == 0;
    });
  }

  // The first fit, but not from the very start: cells that failed many nodes are given up, which
  // costs a little room and keeps the construction linear. Nodes of one child look for gaps that
  // the others leave.
  uint32_t FindBase(const std::vector<uint8_t>& bytes) {
    uint32_t& from = bytes.size() == 1 ? narrowFrom_ : wideFrom_;
    uint32_t cell = from;
    for (uint32_t tries = 1; !Fits(cell - bytes.front(), bytes); ++tries) {
      ++cell;
      if (tries % kTriesBeforeGivingUp == 0) from = cell;
    }
    return cell - bytes.front();
  }

  void Place(const Range& range, size_t depth, std::vector<Range>& next) {
    size_t begin = range.begin;
    if (depth > 0 && entries_[begin].text.size() == depth) {
      trie_.units_[range.node] |= kEntry;
      trie_.values_[range.node] = entries_[begin].value;
      ++begin;
    }
    if (begin == range.end) return;
    std::vector<uint8_t> bytes;
    std::vector<size_t> starts;
    for (size_t i = begin; i < range.end; ++i) {
      const auto byte = static_cast<uint8_t>(entries_[i].text[depth]);
      if (!bytes.empty() && bytes.back() == byte) continue;
      bytes.push_back(byte);
      starts.push_back(i);
    }
    starts.push_back(range.end);
    const uint32_t base = FindBase(bytes);
    basesTaken_[base] = true;
    trie_.units_[range.node] |= base << kBaseShift;
    for (size_t i = 0; i < bytes.size(); ++i) {
      trie_.units_[base + bytes[i]] = kTaken | bytes[i];
      next.push_back({base + bytes[i], starts[i], starts[i + 1]});
    }
  }

  ByteTrie& trie_;
  std::vector<Entry> entries_;
  std::vector<bool> basesTaken_;
  uint32_t narrowFrom_ = kFirstCell;  // no cell below is looked at again
  uint32_t wideFrom_ = kFirstCell;
};

ByteTrie::ByteTrie() : units_(256), values_(256) {}

ByteTrie::ByteTrie(std::vector<Entry> entries) : ByteTrie() {
  Builder(*this, std::move(entries));
  empty_ = units_[kRoot] >> kBaseShift == 0;
  int starts = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const auto start = static_cast<uint8_t>(byte);
    if (!Belongs(units_[Child(units_[kRoot], start)], start)) continue;
    onlyStart_ = ++starts == 1 ? byte : -1;
  }
}

size_t ByteTrie::MemoryBytes() const {
  return units_.capacity() * sizeof(uint32_t) + values_.capacity() * sizeof(int32_t);
}

}  // namespace haypile
