// Sixteen lanes on two 256-bit registers; with the dot products of VNNI where ENCODER_VNNI is set. What
// each function does stands in lanes_scalar.h.

struct F16 {
  __m256 lo, hi;
};
struct I16 {
  __m256i lo, hi;
};

inline F16 Load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline void Store(float* p, F16 x) {
  _mm256_storeu_ps(p, x.lo);
  _mm256_storeu_ps(p + 8, x.hi);
}
inline F16 Set(float x) {
  const __m256 y = _mm256_set1_ps(x);
  return {y, y};
}
inline F16 Add(F16 a, F16 b) { return {_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)}; }
inline F16 Sub(F16 a, F16 b) { return {_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)}; }
inline F16 Mul(F16 a, F16 b) { return {_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)}; }
inline F16 Fma(F16 a, F16 b, F16 c) {
  return {_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
}
inline F16 Max(F16 a, F16 b) { return {_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)}; }
inline F16 Min(F16 a, F16 b) { return {_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)}; }

inline __m256i LoadHalf(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}
inline void StoreHalf(void* p, __m256i x) { _mm256_storeu_si256(static_cast<__m256i*>(p), x); }
inline I16 LoadInts(const int32_t* p) { return {LoadHalf(p), LoadHalf(p + 8)}; }
inline F16 ToFloat(I16 x) { return {_mm256_cvtepi32_ps(x.lo), _mm256_cvtepi32_ps(x.hi)}; }
inline I16 Round(F16 x) { return {_mm256_cvtps_epi32(x.lo), _mm256_cvtps_epi32(x.hi)}; }
inline F16 FromBytes(const int8_t* p) {
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return ToFloat({_mm256_cvtepi8_epi32(x), _mm256_cvtepi8_epi32(_mm_srli_si128(x, 8))});
}
inline __m256 ScaleHalf(__m256 x, __m256 t) {
  const __m256i power = _mm256_slli_epi32(_mm256_castps_si256(t), 23);
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), power));
}
inline F16 ScaleByPower(F16 x, F16 t) { return {ScaleHalf(x.lo, t.lo), ScaleHalf(x.hi, t.hi)}; }

// Sixteen shorts in order; saturates.
inline __m256i ToShorts(I16 x) {
  return _mm256_permute4x64_epi64(_mm256_packs_epi32(x.lo, x.hi), 0xd8);
}
inline void StoreBytes(uint8_t* p, I16 x) {
  const __m256i shorts = ToShorts(x);
  const __m128i bytes =
      _mm_packus_epi16(_mm256_castsi256_si128(shorts), _mm256_extracti128_si256(shorts, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bytes);
}
inline void StoreShorts(int16_t* p, I16 x, int32_t limit) {
  const __m256i most = _mm256_set1_epi16(static_cast<int16_t>(limit));
  const __m256i least = _mm256_set1_epi16(static_cast<int16_t>(-limit));
  StoreHalf(p, _mm256_max_epi16(_mm256_min_epi16(ToShorts(x), most), least));
}
inline float Sum(F16 x) {
  const __m256 eight = _mm256_add_ps(x.lo, x.hi);
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_shuffle_ps(four, four, 1)));
}
inline float Largest(F16 x) {
  const __m256 eight = _mm256_max_ps(x.lo, x.hi);
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_shuffle_ps(four, four, 1)));
}

// Four bytes, or a pair of shorts, in every lane.
inline __m256i Spread(const void* p) {
  int32_t four;
  std::memcpy(&four, p, 4);
  return _mm256_set1_epi32(four);
}

constexpr bool kSignedBytes = false;

// Sixteen sums of a row; with `add` they are added to what is there.
ENCODER_INLINE void StoreSums(int32_t* to, __m256i lo, __m256i hi, bool add) {
  if (add) {
    lo = _mm256_add_epi32(lo, LoadHalf(to));
    hi = _mm256_add_epi32(hi, LoadHalf(to + 8));
  }
  StoreHalf(to, lo);
  StoreHalf(to + 8, hi);
}

#ifdef ENCODER_VNNI

constexpr int kTileRows = 6;

template <int MR>
inline void PanelSums(const uint8_t* a, size_t stride, size_t steps, const int8_t* panel,
                      const int32_t*, bool add, int32_t* c) {
  for (size_t block = 0; block < kPanel; block += 16) {
    __m256i lo[MR], hi[MR];
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) lo[m] = hi[m] = _mm256_setzero_si256();
    const int8_t* w = panel + block * 4;
    const uint8_t* x = a;
    ENCODER_HIDE(steps);
    for (size_t k = 0; k < steps; ++k, x += 4, w += kPanel * 4) {
      const __m256i l = LoadHalf(w), h = LoadHalf(w + 32);
      ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
        const __m256i four = Spread(x + m * stride);
        lo[m] = _mm256_dpbusd_avx_epi32(lo[m], four, l);
        hi[m] = _mm256_dpbusd_avx_epi32(hi[m], four, h);
      }
    }
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
      StoreSums(c + m * kPanel + block, lo[m], hi[m], add);
    }
  }
}

inline __m256i AddPairs(__m256i sum, __m256i a, __m256i b) {
  return _mm256_dpwssd_avx_epi32(sum, a, b);
}

#else

constexpr int kTileRows = 4;

// Two groups of four inputs are added in 16 bits: kPairsFit says that they fit.
template <int MR>
inline void PanelSums(const uint8_t* a, size_t stride, size_t steps, const int8_t* panel,
                      const int32_t*, bool add, int32_t* c) {
  const __m256i one = _mm256_set1_epi16(1);
  for (size_t block = 0; block < kPanel; block += 16) {
    __m256i lo[MR], hi[MR];
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) lo[m] = hi[m] = _mm256_setzero_si256();
    const int8_t* w = panel + block * 4;
    const uint8_t* x = a;
    ENCODER_HIDE(steps);
    for (size_t k = 0; k < steps; k += 2, x += 8, w += 2 * kPanel * 4) {
      const __m256i l0 = LoadHalf(w), h0 = LoadHalf(w + 32);
      const __m256i l1 = LoadHalf(w + kPanel * 4), h1 = LoadHalf(w + kPanel * 4 + 32);
      ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
        const __m256i x0 = Spread(x + m * stride), x1 = Spread(x + m * stride + 4);
        const __m256i l =
            _mm256_add_epi16(_mm256_maddubs_epi16(x0, l0), _mm256_maddubs_epi16(x1, l1));
        const __m256i h =
            _mm256_add_epi16(_mm256_maddubs_epi16(x0, h0), _mm256_maddubs_epi16(x1, h1));
        lo[m] = _mm256_add_epi32(lo[m], _mm256_madd_epi16(l, one));
        hi[m] = _mm256_add_epi32(hi[m], _mm256_madd_epi16(h, one));
      }
    }
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
      StoreSums(c + m * kPanel + block, lo[m], hi[m], add);
    }
  }
}

inline __m256i AddPairs(__m256i sum, __m256i a, __m256i b) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}

#endif

constexpr int kShortBlocks = 1;

template <int MR, int NR>
inline void ShortSums(const int16_t* a, size_t stride, const int32_t* b, size_t step, size_t steps,
                      I16 (&sums)[MR][NR]) {
  static_assert(NR == 1, "one block of columns at a time");
  for (int half = 0; half < 2; ++half) {
    __m256i sum[MR];
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) sum[m] = _mm256_setzero_si256();
    const int32_t* w = b + half * 8;
    const int16_t* x = a;
    ENCODER_HIDE(steps);
    for (size_t k = 0; k < steps; ++k, x += 2, w += step) {
      const __m256i columns = LoadHalf(w);
      ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
        sum[m] = AddPairs(sum[m], Spread(x + m * stride), columns);
      }
    }
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) (half == 0 ? sums[m][0].lo : sums[m][0].hi) = sum[m];
  }
}

// Eight rows of eight int32, transposed.
inline void Transpose8(const int32_t* const from[8], int column, int32_t* to, size_t stride) {
  __m256i a[8], b[8];
  for (int i = 0; i < 8; ++i) a[i] = LoadHalf(from[i] + column);
  for (int i = 0; i < 8; i += 2) {
    b[i] = _mm256_unpacklo_epi32(a[i], a[i + 1]);
    b[i + 1] = _mm256_unpackhi_epi32(a[i], a[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    a[i] = _mm256_unpacklo_epi64(b[i], b[i + 2]);
    a[i + 1] = _mm256_unpackhi_epi64(b[i], b[i + 2]);
    a[i + 2] = _mm256_unpacklo_epi64(b[i + 1], b[i + 3]);
    a[i + 3] = _mm256_unpackhi_epi64(b[i + 1], b[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    StoreHalf(to + i * stride, _mm256_permute2x128_si256(a[i], a[i + 4], 0x20));
    StoreHalf(to + (i + 4) * stride, _mm256_permute2x128_si256(a[i], a[i + 4], 0x31));
  }
}
inline void Transpose16(const int32_t* const from[16], int32_t* to, size_t stride) {
  for (int row = 0; row < 16; row += 8) {
    for (int column = 0; column < 16; column += 8) {
      Transpose8(from + row, column, to + column * stride + row, stride);
    }
  }
}

#include "lanes_x86.inc"
