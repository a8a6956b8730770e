#include "core/xxh64.h"

#include <algorithm>
#include <cstring>

namespace haypile {
namespace {

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87ULL;
constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FULL;
constexpr uint64_t kPrime3 = 0x165667B19E3779F9ULL;
constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63ULL;
constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5ULL;

uint64_t RotateLeft(uint64_t value, int by) { return (value << by) | (value >> (64 - by)); }

// The format is little-endian; so is every CPU this is built for.
uint64_t Read64(const unsigned char* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

uint64_t Read32(const unsigned char* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

uint64_t Round(uint64_t lane, uint64_t input) {
  return RotateLeft(lane + input * kPrime2, 31) * kPrime1;
}

void AddStripe(uint64_t (&lanes)[4], const unsigned char* stripe) {
  for (int i = 0; i < 4; ++i) lanes[i] = Round(lanes[i], Read64(stripe + 8 * i));
}

}  // namespace

Xxh64::Xxh64(uint64_t seed)
    : lanes_{seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1}, seed_(seed) {}

void Xxh64::Add(const void* data, size_t size) {
  const auto* at = static_cast<const unsigned char*>(data);
  total_ += size;
  if (tailSize_ > 0) {
    const size_t taken = std::min(size, sizeof tail_ - tailSize_);
    std::memcpy(tail_ + tailSize_, at, taken);
    tailSize_ += taken;
    at += taken;
    size -= taken;
    if (tailSize_ < sizeof tail_) return;
    AddStripe(lanes_, tail_);
    tailSize_ = 0;
  }
  for (; size >= 32; at += 32, size -= 32) AddStripe(lanes_, at);
  std::memcpy(tail_, at, size);
  tailSize_ = size;
}

uint64_t Xxh64::Digest() const {
  uint64_t hash;
  if (total_ >= 32) {
    hash = RotateLeft(lanes_[0], 1) + RotateLeft(lanes_[1], 7) + RotateLeft(lanes_[2], 12) +
           RotateLeft(lanes_[3], 18);
    for (const uint64_t lane : lanes_) hash = (hash ^ Round(0, lane)) * kPrime1 + kPrime4;
  } else {
    hash = seed_ + kPrime5;
  }
  hash += total_;
  const unsigned char* at = tail_;
  size_t left = tailSize_;
  for (; left >= 8; at += 8, left -= 8) {
    hash = RotateLeft(hash ^ Round(0, Read64(at)), 27) * kPrime1 + kPrime4;
  }
  if (left >= 4) {
    hash = RotateLeft(hash ^ (Read32(at) * kPrime1), 23) * kPrime2 + kPrime3;
    at += 4;
    left -= 4;
  }
  for (; left > 0; ++at, --left) hash = RotateLeft(hash ^ (*at * kPrime5), 11) * kPrime1;
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

uint64_t HashBytes(const void* data, size_t size) {
  Xxh64 hash;
  hash.Add(data, size);
  return hash.Digest();
}

std::string HexOf(uint64_t value) {
  std::string text(16, '0');
  for (int i = 15; i >= 0; --i, value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  return text;
}

}  // namespace haypile
