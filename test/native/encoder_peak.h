// What one core can do at most with byte products: the instructions of a path over registers alone, no
// memory, no other work. In assembler, so that nothing is moved out of the loop.
#pragma once
#include <cstddef>

#include "core/encoder/encoder.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace haypile::encoder {

#if defined(__x86_64__)

// Two groups of four inputs added in 16 bits, as kPairsFit allows: 64 products each time.
__attribute__((target("avx2"))) inline size_t PeakAvx2(size_t rounds) {
  __m256i sums[8];
  for (auto& sum : sums) sum = _mm256_setzero_si256();
  const __m256i x = _mm256_set1_epi8(3), w = _mm256_set1_epi8(2), one = _mm256_set1_epi16(1);
  for (size_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 8
    for (auto& sum : sums) {
      __m256i a, b;
      asm volatile(
          "vpmaddubsw %4, %3, %1\n vpmaddubsw %4, %3, %2\n vpaddw %2, %1, %1\n"
          "vpmaddwd %5, %1, %1\n vpaddd %1, %0, %0"
          : "+x"(sum), "=&x"(a), "=&x"(b)
          : "x"(x), "x"(w), "x"(one));
    }
  }
  return rounds * 8 * 64;
}

__attribute__((target("avx2,avxvnni"))) inline size_t PeakAvxVnni(size_t rounds) {
  __m256i sums[12];
  for (auto& sum : sums) sum = _mm256_setzero_si256();
  const __m256i x = _mm256_set1_epi8(3);
  for (size_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (auto& sum : sums) asm volatile("%{vex%} vpdpbusd %1, %1, %0" : "+x"(sum) : "x"(x));
  }
  return rounds * 12 * 32;
}

__attribute__((target("avx512f,avx512vnni"))) inline size_t PeakAvx512(size_t rounds) {
  __m512i sums[12];
  for (auto& sum : sums) sum = _mm512_setzero_si512();
  const __m512i x = _mm512_set1_epi32(0x03030303);
  for (size_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (auto& sum : sums) asm volatile("vpdpbusd %1, %1, %0" : "+v"(sum) : "v"(x));
  }
  return rounds * 12 * 64;
}

#endif

// Products of bytes that `rounds` rounds make; 0 for a path that has no such loop here.
inline size_t PeakProducts(Path path, size_t rounds) {
#if defined(__x86_64__)
  if (path == Path::kAvx2) return PeakAvx2(rounds);
  if (path == Path::kAvxVnni) return PeakAvxVnni(rounds);
  if (path == Path::kAvx512Vnni) return PeakAvx512(rounds);
#endif
  (void)path;
  (void)rounds;
  return 0;
}

}  // namespace haypile::encoder
