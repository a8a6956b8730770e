// AVX2, and the popcnt instruction that every CPU with AVX2 has.
#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>
#include <vector>

#include "kernel_tables.h"

#define HAYPILE_AVX2 __attribute__((target("avx2,popcnt")))

namespace haypile {
namespace {

HAYPILE_AVX2 inline uint64_t WordBits(const uint8_t* query, const uint8_t* row) {
  uint64_t left;
  uint64_t right;
  std::memcpy(&left, query, 8);
  std::memcpy(&right, row, 8);
  return static_cast<uint64_t>(_mm_popcnt_u64(left ^ right));
}

// Any length. Four sums, since each popcnt waits for the one before it in its sum.
HAYPILE_AVX2 void HammingWords(const uint8_t* query, const uint8_t* rows, size_t count,
                               size_t rowBytes, uint16_t* distances) {
  for (size_t row = 0; row < count; ++row, rows += rowBytes) {
    uint64_t sums[4] = {0, 0, 0, 0};
    size_t at = 0;
    for (; at + 32 <= rowBytes; at += 32) {
      sums[0] += WordBits(query + at, rows + at);
      sums[1] += WordBits(query + at + 8, rows + at + 8);
      sums[2] += WordBits(query + at + 16, rows + at + 16);
      sums[3] += WordBits(query + at + 24, rows + at + 24);
    }
    for (; at < rowBytes; at += 8) sums[0] += WordBits(query + at, rows + at);
    distances[row] = static_cast<uint16_t>(sums[0] + sums[1] + sums[2] + sums[3]);
  }
}

// The bits of each byte, looked up by its two halves.
HAYPILE_AVX2 inline __m256i ByteBits(__m256i bytes) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i half = _mm256_set1_epi8(0x0f);
  const __m256i low = _mm256_and_si256(bytes, half);
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
  return _mm256_add_epi8(_mm256_shuffle_epi8(table, low), _mm256_shuffle_epi8(table, high));
}

// 16 bytes of one row, and of the row behind it in the upper half, against the query's.
HAYPILE_AVX2 inline __m256i PairDifference(__m256i query, const uint8_t* rows, size_t at) {
  const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows + at));
  const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows + at + 48));
  return _mm256_xor_si256(query, _mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1));
}

// Distances of two rows of 48 bytes, each in two 64-bit parts of its half.
HAYPILE_AVX2 inline __m256i PairDistance(const __m256i query[3], const uint8_t* rows) {
  const __m256i a = PairDifference(query[0], rows, 0);
  const __m256i b = PairDifference(query[1], rows, 16);
  const __m256i c = PairDifference(query[2], rows, 32);
  // A full adder turns three counts into two: the sum bits, and the carries that count twice.
  const __m256i aXorB = _mm256_xor_si256(a, b);
  const __m256i ones = _mm256_xor_si256(aXorB, c);
  const __m256i twos = _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(aXorB, c));
  const __m256i carries = ByteBits(twos);
  const __m256i bits = _mm256_add_epi8(ByteBits(ones), _mm256_add_epi8(carries, carries));
  return _mm256_sad_epu8(bits, _mm256_setzero_si256());
}

// Rows of 384 bits, eight at a time: no sum across a register until eight are ready.
HAYPILE_AVX2 void Hamming48(const uint8_t* query, const uint8_t* rows, size_t count,
                            uint16_t* distances) {
  __m256i parts[3];
  for (int i = 0; i < 3; ++i) {
    parts[i] = _mm256_broadcastsi128_si256(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(query + 16 * i)));
  }
  size_t row = 0;
  for (; row + 8 <= count; row += 8, rows += 8 * 48) {
    const __m256i pair0 = PairDistance(parts, rows);
    const __m256i pair1 = _mm256_slli_epi64(PairDistance(parts, rows + 96), 16);
    const __m256i pair2 = _mm256_slli_epi64(PairDistance(parts, rows + 192), 32);
    const __m256i pair3 = _mm256_slli_epi64(PairDistance(parts, rows + 288), 48);
    const __m256i all =
        _mm256_or_si256(_mm256_or_si256(pair0, pair1), _mm256_or_si256(pair2, pair3));
    const __m256i sums = _mm256_add_epi16(all, _mm256_srli_si256(all, 8));
    // The lower half has rows 0, 2, 4, 6 and the upper half rows 1, 3, 5, 7.
    _mm_storeu_si128(
        reinterpret_cast<__m128i*>(distances + row),
        _mm_unpacklo_epi16(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1)));
  }
  HammingWords(query, rows, count - row, 48, distances + row);
}

HAYPILE_AVX2 void HammingAvx2(const uint8_t* query, const uint8_t* rows, size_t count,
                              size_t rowBytes, uint16_t* distances) {
  if (rowBytes == 48) {
    Hamming48(query, rows, count, distances);
  } else {
    HammingWords(query, rows, count, rowBytes, distances);
  }
}

HAYPILE_AVX2 inline int32_t SumOf(__m256i values) {
  __m128i sum =
      _mm_add_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(1, 0, 3, 2)));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(2, 3, 0, 1)));
  return _mm_cvtsi128_si32(sum);
}

// `rows` rows at once share each load of the query. Bytes are widened to 16 bits first: the
// multiplication of bytes saturates, this one cannot.
template <size_t rows>
HAYPILE_AVX2 inline void DotRows(const int16_t* query, const int8_t* row, size_t dimensions,
                                 int32_t* dots) {
  __m256i sums[rows];
  for (size_t r = 0; r < rows; ++r) sums[r] = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 16 <= dimensions; i += 16) {
    const __m256i left = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(query + i));
    for (size_t r = 0; r < rows; ++r) {
      const __m256i right = _mm256_cvtepi8_epi16(
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(row + r * dimensions + i)));
      sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(left, right));
    }
  }
  for (size_t r = 0; r < rows; ++r) {
    int32_t dot = SumOf(sums[r]);
    for (size_t j = i; j < dimensions; ++j) dot += int32_t{query[j]} * row[r * dimensions + j];
    dots[r] = dot;
  }
}

HAYPILE_AVX2 void DotAvx2(const int8_t* query, const int8_t* rows, size_t count,
                          size_t dimensions, int32_t* dots) {
  const std::vector<int16_t> wide(query, query + dimensions);
  size_t row = 0;
  for (; row + 4 <= count; row += 4) {
    DotRows<4>(wide.data(), rows + row * dimensions, dimensions, dots + row);
  }
  for (; row < count; ++row) {
    DotRows<1>(wide.data(), rows + row * dimensions, dimensions, dots + row);
  }
}

// Products of 32 bytes of a row, both nibbles, in pairs that fit into 16 bits: 4 * 15 * 128 at most.
HAYPILE_AVX2 inline __m256i NibbleProducts(__m256i bytes, __m256i low, __m256i high) {
  const __m256i half = _mm256_set1_epi8(0x0f);
  const __m256i left = _mm256_maddubs_epi16(_mm256_and_si256(bytes, half), low);
  const __m256i right =
      _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(bytes, 4), half), high);
  return _mm256_add_epi16(left, right);
}

// `rows` rows at once share each load of the query.
template <size_t rows>
HAYPILE_AVX2 inline void DotNibbleRows(const int8_t* query, const uint8_t* row, size_t rowBytes,
                                       int32_t* dots) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums[rows];
  for (size_t r = 0; r < rows; ++r) sums[r] = _mm256_setzero_si256();
  for (size_t at = 0; at < rowBytes;) {
    // Four products still fit into 16 bits.
    const size_t end = rowBytes - at > 128 ? at + 128 : rowBytes;
    __m256i some[rows];
    for (size_t r = 0; r < rows; ++r) some[r] = _mm256_setzero_si256();
    for (; at < end; at += 32) {
      const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(query + at));
      const __m256i high =
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(query + rowBytes + at));
      for (size_t r = 0; r < rows; ++r) {
        const __m256i bytes =
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row + r * rowBytes + at));
        some[r] = _mm256_add_epi16(some[r], NibbleProducts(bytes, low, high));
      }
    }
    for (size_t r = 0; r < rows; ++r) {
      sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(some[r], ones));
    }
  }
  for (size_t r = 0; r < rows; ++r) dots[r] = SumOf(sums[r]);
}

HAYPILE_AVX2 void DotNibblesAvx2(const int8_t* query, const uint8_t* rows, size_t count,
                                 size_t rowBytes, int32_t* dots) {
  size_t row = 0;
  for (; row + 4 <= count; row += 4) {
    DotNibbleRows<4>(query, rows + row * rowBytes, rowBytes, dots + row);
  }
  for (; row < count; ++row) {
    DotNibbleRows<1>(query, rows + row * rowBytes, rowBytes, dots + row);
  }
}

}  // namespace

const Kernels kAvx2Kernels = {HammingAvx2, DotAvx2, DotNibblesAvx2};

}  // namespace haypile
#endif
