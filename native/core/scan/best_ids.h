// The best of all that was shown: the highest score, then the lowest id.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <vector>

#include "rescore.h"

namespace haypile {

class BestIds {
 public:
  // With a `limit` of 0 nothing may be shown.
  explicit BestIds(size_t limit) : limit_(limit) { keys_.reserve(limit); }

  // Whether a row with this score could be among them.
  bool MayTake(float score) const { return keys_.size() < limit_ || score >= worst_; }

  void See(uint32_t id, float score) {
    const uint64_t key = KeyOf(score, id);
    if (keys_.size() == limit_) {
      if (key <= keys_.front()) return;
      std::pop_heap(keys_.begin(), keys_.end(), std::greater<>());
      keys_.pop_back();
    }
    keys_.push_back(key);
    std::push_heap(keys_.begin(), keys_.end(), std::greater<>());
    worst_ = OfKey(keys_.front()).score;
  }

  // Best first.
  std::vector<ScoredId> Take() {
    std::sort(keys_.begin(), keys_.end(), std::greater<>());
    std::vector<ScoredId> result;
    result.reserve(keys_.size());
    for (const uint64_t key : keys_) result.push_back(OfKey(key));
    return result;
  }

 private:
  // One number that is greater for the better row, so that the order is total whatever the floats
  // are. Floats in their binary form sort as integers once the negative ones are turned round.
  static uint64_t KeyOf(float score, uint32_t id) {
    score += 0.0f;  // -0 becomes 0
    uint32_t bits;
    std::memcpy(&bits, &score, sizeof bits);
    bits = (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
    return uint64_t{bits} << 32 | (UINT32_MAX - id);
  }

  static ScoredId OfKey(uint64_t key) {
    uint32_t bits = static_cast<uint32_t>(key >> 32);
    bits = (bits >> 31) != 0 ? bits & 0x7fffffffu : ~bits;
    float score;
    std::memcpy(&score, &bits, sizeof score);
    return {UINT32_MAX - static_cast<uint32_t>(key), score};
  }

  const size_t limit_;
  float worst_ = 0;
  std::vector<uint64_t> keys_;  // a heap with the worst on top
};

}  // namespace haypile
