// Sixteen lanes on one 512-bit register, with VNNI. What each function does stands in lanes_scalar.h.

struct F16 {
  __m512 v;
};
struct I16 {
  __m512i v;
};

inline F16 Load(const float* p) { return {_mm512_loadu_ps(p)}; }
inline void Store(float* p, F16 x) { _mm512_storeu_ps(p, x.v); }
inline F16 Set(float x) { return {_mm512_set1_ps(x)}; }
inline F16 Add(F16 a, F16 b) { return {_mm512_add_ps(a.v, b.v)}; }
inline F16 Sub(F16 a, F16 b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline F16 Mul(F16 a, F16 b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline F16 Fma(F16 a, F16 b, F16 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
inline F16 Max(F16 a, F16 b) { return {_mm512_max_ps(a.v, b.v)}; }
inline F16 Min(F16 a, F16 b) { return {_mm512_min_ps(a.v, b.v)}; }

inline I16 LoadInts(const int32_t* p) { return {_mm512_loadu_si512(p)}; }
inline F16 ToFloat(I16 x) { return {_mm512_cvtepi32_ps(x.v)}; }
inline I16 Round(F16 x) { return {_mm512_cvtps_epi32(x.v)}; }
inline F16 FromBytes(const int8_t* p) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes))};
}
inline F16 ScaleByPower(F16 x, F16 t) {
  const __m512i power = _mm512_slli_epi32(_mm512_castps_si512(t.v), 23);
  return {_mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x.v), power))};
}
inline void StoreBytes(uint8_t* p, I16 x) {
  const __m512i floor = _mm512_max_epi32(x.v, _mm512_setzero_si512());
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtusepi32_epi8(floor));
}
inline void StoreShorts(int16_t* p, I16 x, int32_t limit) {
  const __m512i most = _mm512_set1_epi32(limit), least = _mm512_set1_epi32(-limit);
  const __m512i within = _mm512_max_epi32(_mm512_min_epi32(x.v, most), least);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(within));
}
inline float Sum(F16 x) {
  const __m256 eight =
      _mm256_add_ps(_mm512_castps512_ps256(x.v), _mm512_extractf32x8_ps(x.v, 1));
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_shuffle_ps(four, four, 1)));
}
inline float Largest(F16 x) {
  const __m256 eight =
      _mm256_max_ps(_mm512_castps512_ps256(x.v), _mm512_extractf32x8_ps(x.v, 1));
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_shuffle_ps(four, four, 1)));
}

inline __m512i Spread(const void* p) {
  int32_t four;
  std::memcpy(&four, p, 4);
  return _mm512_set1_epi32(four);
}

constexpr int kTileRows = 8;  // 8 rows of 3 registers: 24 sums, 3 columns, one row's bytes
constexpr int kShortBlocks = 3;
constexpr bool kSignedBytes = false;

// A function of its own: among the values of a caller clang finds no registers for 28 of its own, and keeps sums on the
// stack (12 % fewer tokens a CPU-second).
template <int MR>
__attribute__((noinline)) void PanelSums(const uint8_t* a, size_t stride, size_t steps,
                                         const int8_t* panel, const int32_t*, bool add, int32_t* c) {
  __m512i sums[MR][3];
  ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
    ENCODER_UNROLL for (int n = 0; n < 3; ++n) {
      sums[m][n] = add ? _mm512_loadu_si512(c + m * kPanel + n * 16) : _mm512_setzero_si512();
    }
  }
  ENCODER_HIDE(steps);
  for (size_t k = 0; k < steps; ++k, a += 4, panel += kPanel * 4) {
    const __m512i w0 = _mm512_loadu_si512(panel), w1 = _mm512_loadu_si512(panel + 64),
                  w2 = _mm512_loadu_si512(panel + 128);
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
      const __m512i four = Spread(a + m * stride);
      sums[m][0] = _mm512_dpbusd_epi32(sums[m][0], four, w0);
      sums[m][1] = _mm512_dpbusd_epi32(sums[m][1], four, w1);
      sums[m][2] = _mm512_dpbusd_epi32(sums[m][2], four, w2);
    }
  }
  ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
    _mm512_storeu_si512(c + m * kPanel, sums[m][0]);
    _mm512_storeu_si512(c + m * kPanel + 16, sums[m][1]);
    _mm512_storeu_si512(c + m * kPanel + 32, sums[m][2]);
  }
}

template <int MR, int NR>
inline void ShortSums(const int16_t* a, size_t stride, const int32_t* b, size_t step, size_t steps,
                      I16 (&sums)[MR][NR]) {
  __m512i sum[MR][NR];
  ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
    ENCODER_UNROLL for (int n = 0; n < NR; ++n) sum[m][n] = _mm512_setzero_si512();
  }
  ENCODER_HIDE(steps);
  for (size_t k = 0; k < steps; ++k, a += 2, b += step) {
    __m512i columns[NR];
    ENCODER_UNROLL for (int n = 0; n < NR; ++n) columns[n] = _mm512_loadu_si512(b + n * 16);
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
      const __m512i pair = Spread(a + m * stride);
      ENCODER_UNROLL for (int n = 0; n < NR; ++n) {
        sum[m][n] = _mm512_dpwssd_epi32(sum[m][n], pair, columns[n]);
      }
    }
  }
  ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
    ENCODER_UNROLL for (int n = 0; n < NR; ++n) sums[m][n].v = sum[m][n];
  }
}

inline void Transpose16(const int32_t* const from[16], int32_t* to, size_t stride) {
  __m512i a[16], b[16];
  for (int i = 0; i < 16; ++i) a[i] = _mm512_loadu_si512(from[i]);
  for (int i = 0; i < 16; i += 2) {
    b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
    b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    a[i] = _mm512_unpacklo_epi64(b[i], b[i + 2]);
    a[i + 1] = _mm512_unpackhi_epi64(b[i], b[i + 2]);
    a[i + 2] = _mm512_unpacklo_epi64(b[i + 1], b[i + 3]);
    a[i + 3] = _mm512_unpackhi_epi64(b[i + 1], b[i + 3]);
  }
  // a[4 g + c]: in each quarter q, column 4 q + c of the rows 4 g to 4 g + 3.
  for (int c = 0; c < 4; ++c) {
    const __m512i even0 = _mm512_shuffle_i32x4(a[c], a[c + 4], 0x88);
    const __m512i odd0 = _mm512_shuffle_i32x4(a[c], a[c + 4], 0xdd);
    const __m512i even1 = _mm512_shuffle_i32x4(a[c + 8], a[c + 12], 0x88);
    const __m512i odd1 = _mm512_shuffle_i32x4(a[c + 8], a[c + 12], 0xdd);
    _mm512_storeu_si512(to + c * stride, _mm512_shuffle_i32x4(even0, even1, 0x88));
    _mm512_storeu_si512(to + (c + 8) * stride, _mm512_shuffle_i32x4(even0, even1, 0xdd));
    _mm512_storeu_si512(to + (c + 4) * stride, _mm512_shuffle_i32x4(odd0, odd1, 0x88));
    _mm512_storeu_si512(to + (c + 12) * stride, _mm512_shuffle_i32x4(odd0, odd1, 0xdd));
  }
}

#include "lanes_x86.inc"
