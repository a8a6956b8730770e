// AVX-512 with its bit counts and byte products. Masked loads read no byte behind a row.
#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns of values its own intrinsics leave unset on purpose (its bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include "kernel_tables.h"

#define HAYPILE_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vpopcntdq,avx512vnni")))

namespace haypile {
namespace {

// The sum of 16-bit fields over all 64-bit parts, field by field.
HAYPILE_AVX512 inline uint64_t SumFields(__m512i parts) {
  const __m256i half =
      _mm256_add_epi16(_mm512_castsi512_si256(parts), _mm512_extracti64x4_epi64(parts, 1));
  const __m128i quarter =
      _mm_add_epi16(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  return static_cast<uint64_t>(
      _mm_cvtsi128_si64(_mm_add_epi16(quarter, _mm_unpackhi_epi64(quarter, quarter))));
}

// Bits that differ between 64 bytes (fewer by the mask) of the query and of a row.
HAYPILE_AVX512 inline __m512i Difference(__m512i query, const uint8_t* row, __mmask8 words) {
  return _mm512_popcnt_epi64(_mm512_xor_si512(query, _mm512_maskz_loadu_epi64(words, row)));
}

HAYPILE_AVX512 void HammingAvx512(const uint8_t* query, const uint8_t* rows, size_t count,
                                  size_t rowBytes, uint16_t* distances) {
  size_t row = 0;
  for (; row < count; row += 4, rows += 4 * rowBytes) {
    // The last rows are done by the same code: one that is not there is the first one again.
    const size_t here = count - row < 4 ? count - row : 4;
    const uint8_t* const row1 = here > 1 ? rows + rowBytes : rows;
    const uint8_t* const row2 = here > 2 ? rows + 2 * rowBytes : rows;
    const uint8_t* const row3 = here > 3 ? rows + 3 * rowBytes : rows;
    __m512i sum0 = _mm512_setzero_si512();
    __m512i sum1 = sum0;
    __m512i sum2 = sum0;
    __m512i sum3 = sum0;
    for (size_t at = 0; at < rowBytes; at += 64) {
      const size_t words = (rowBytes - at) / 8;
      const auto mask = static_cast<__mmask8>(words >= 8 ? 0xff : (1u << words) - 1);
      const __m512i part = _mm512_maskz_loadu_epi64(mask, query + at);
      sum0 = _mm512_add_epi64(sum0, Difference(part, rows + at, mask));
      sum1 = _mm512_add_epi64(sum1, Difference(part, row1 + at, mask));
      sum2 = _mm512_add_epi64(sum2, Difference(part, row2 + at, mask));
      sum3 = _mm512_add_epi64(sum3, Difference(part, row3 + at, mask));
    }
    // A distance needs 16 bits, so four rows are summed across the register in one go.
    const __m512i low = _mm512_or_si512(sum0, _mm512_slli_epi64(sum1, 16));
    const __m512i high =
        _mm512_or_si512(_mm512_slli_epi64(sum2, 32), _mm512_slli_epi64(sum3, 48));
    const uint64_t four = SumFields(_mm512_or_si512(low, high));
    for (size_t i = 0; i < here; ++i) {
      distances[row + i] = static_cast<uint16_t>(four >> (16 * i));
    }
  }
}

// The product takes unsigned bytes on one side, so 128 is added to each value of a row, and
// 128 times the sum of the query is taken off again. Sums are modulo 2^32, hence exact.
HAYPILE_AVX512 void DotAvx512(const int8_t* query, const int8_t* rows, size_t count,
                              size_t dimensions, int32_t* dots) {
  const __m512i offset = _mm512_set1_epi8(static_cast<char>(0x80));
  uint32_t querySum = 0;
  for (size_t i = 0; i < dimensions; ++i) querySum += static_cast<uint32_t>(int32_t{query[i]});
  const uint32_t correction = 128 * querySum;
  for (size_t row = 0; row < count; ++row, rows += dimensions) {
    __m512i sum = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 64 <= dimensions; i += 64) {
      const __m512i shifted = _mm512_xor_si512(_mm512_loadu_si512(rows + i), offset);
      sum = _mm512_dpbusd_epi32(sum, shifted, _mm512_loadu_si512(query + i));
    }
    if (i < dimensions) {
      const __mmask64 rest = (uint64_t{1} << (dimensions - i)) - 1;
      const __m512i shifted = _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, rows + i), offset);
      sum = _mm512_dpbusd_epi32(sum, shifted, _mm512_maskz_loadu_epi8(rest, query + i));
    }
    dots[row] =
        static_cast<int32_t>(static_cast<uint32_t>(_mm512_reduce_add_epi32(sum)) - correction);
  }
}

HAYPILE_AVX512 inline __m512i AddNibbles(__m512i sum, __m512i bytes, __m512i low, __m512i high) {
  const __m512i half = _mm512_set1_epi8(0x0f);
  sum = _mm512_dpbusd_epi32(sum, _mm512_and_si512(bytes, half), low);
  return _mm512_dpbusd_epi32(sum, _mm512_and_si512(_mm512_srli_epi16(bytes, 4), half), high);
}

HAYPILE_AVX512 void DotNibblesAvx512(const int8_t* query, const uint8_t* rows, size_t count,
                                    size_t rowBytes, int32_t* dots) {
  for (size_t row = 0; row < count; ++row, rows += rowBytes) {
    __m512i sum = _mm512_setzero_si512();
    size_t at = 0;
    for (; at + 64 <= rowBytes; at += 64) {
      sum = AddNibbles(sum, _mm512_loadu_si512(rows + at), _mm512_loadu_si512(query + at),
                      _mm512_loadu_si512(query + rowBytes + at));
    }
    if (at < rowBytes) {
      constexpr __mmask16 words = 0x00ff;
      sum = AddNibbles(sum, _mm512_maskz_loadu_epi32(words, rows + at),
                      _mm512_maskz_loadu_epi32(words, query + at),
                      _mm512_maskz_loadu_epi32(words, query + rowBytes + at));
    }
    dots[row] = _mm512_reduce_add_epi32(sum);
  }
}

}  // namespace

const Kernels kAvx512Kernels = {HammingAvx512, DotAvx512, DotNibblesAvx512};

}  // namespace haypile
#endif
