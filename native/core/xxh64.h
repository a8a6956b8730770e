// XXH64, a fast 64-bit hash of bytes, for telling a damaged or changed file from a good one.
// Written from the public description of the algorithm (Yann Collet, XXH64, "xxhash_spec.md");
// test vectors in test/native. Not for security: checksums of packages are SHA-256.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace haypile {

class Xxh64 {
 public:
  explicit Xxh64(uint64_t seed = 0);
  void Add(const void* data, size_t size);
  uint64_t Digest() const;

 private:
  uint64_t lanes_[4];
  uint64_t seed_;
  uint64_t total_ = 0;
  unsigned char tail_[32];
  size_t tailSize_ = 0;
};

uint64_t HashBytes(const void* data, size_t size);
// 16 lower-case hexadecimal digits.
std::string HexOf(uint64_t value);

}  // namespace haypile
