// A set of byte strings, each with a value, for finding the longest one a text starts with.
// Double array: the child of a node for byte b lies at base + b, and a cell names the byte it
// belongs to. No two nodes share a base, so that byte alone tells whose child a cell is.
// One dependent load a byte. Immutable after construction.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace haypile {

class ByteTrie {
 public:
  struct Entry {
    std::string text;  // not empty
    int32_t value;
  };
  struct Match {
    size_t length;  // 0 = no entry
    int32_t value;
  };
  using Cursor = uint32_t;  // a node
  static constexpr Cursor kRoot = 0;
  static constexpr Cursor kNowhere = UINT32_MAX;

  // An empty set.
  ByteTrie();
  // Of entries with the same text the last one stays. Throws std::length_error when more than four
  // million nodes would be needed.
  explicit ByteTrie(std::vector<Entry> entries);

  bool Empty() const { return empty_; }
  size_t MemoryBytes() const;

  // The first place in [text, end) where an entry could begin, or `end`.
  const char* NextStart(const char* text, const char* end) const {
    if (onlyStart_ >= 0) {
      const void* found = text == end ? nullptr : std::memchr(text, onlyStart_, end - text);
      return found == nullptr ? end : static_cast<const char*>(found);
    }
    while (!empty_ && text != end) {
      const auto byte = static_cast<uint8_t>(*text);
      if (Belongs(units_[Child(units_[kRoot], byte)], byte)) return text;
      ++text;
    }
    return end;
  }

  // The node `text` leads to from `node`, or kNowhere.
  Cursor Walk(Cursor node, const char* text, const char* end) const {
    for (; text != end; ++text) {
      node = Child(units_[node], static_cast<uint8_t>(*text));
      if (!Belongs(units_[node], static_cast<uint8_t>(*text))) return kNowhere;
    }
    return node;
  }

  // The longest entry that begins at `text`, where the entries are read from `node` on.
  Match Longest(Cursor node, const char* text, const char* end) const {
    Cursor best = kNowhere;
    const char* bestEnd = text;
    uint32_t unit = units_[node];
    for (const char* at = text; at != end;) {
      const auto byte = static_cast<uint8_t>(*at++);
      const Cursor child = Child(unit, byte);
      unit = units_[child];
      if (!Belongs(unit, byte)) break;
      if ((unit & kEntry) != 0) {
        best = child;
        bestEnd = at;
      }
    }
    if (best == kNowhere) return {0, 0};
    return {static_cast<size_t>(bestEnd - text), values_[best]};
  }

 private:
  class Builder;

  // A cell: the byte that leads to it, whether it is taken, whether an entry ends here, and the
  // base of its children. Base 0 means no children: the first 256 cells are never taken.
  static constexpr uint32_t kTaken = 1u << 8;
  static constexpr uint32_t kEntry = 1u << 9;
  static constexpr uint32_t kBaseShift = 10;
  static constexpr uint32_t kMostCells = 1u << (32 - kBaseShift);

  static Cursor Child(uint32_t unit, uint8_t byte) { return (unit >> kBaseShift) + byte; }
  static bool Belongs(uint32_t unit, uint8_t byte) {
    return (unit & (kTaken | 0xff)) == (kTaken | byte);
  }

  std::vector<uint32_t> units_;
  std::vector<int32_t> values_;  // as long as units_; read where kEntry is set
  bool empty_ = true;
  int onlyStart_ = -1;  // the byte every entry begins with, or -1
};

}  // namespace haypile
