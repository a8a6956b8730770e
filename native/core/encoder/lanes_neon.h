// Sixteen lanes on four registers of NEON; with the dot products of bytes where ENCODER_DOT or
// ENCODER_I8MM is set. What each function does stands in lanes_scalar.h.

struct F16 {
  float32x4_t a, b, c, d;
};
struct I16 {
  int32x4_t a, b, c, d;
};

inline F16 Load(const float* p) {
  return {vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)};
}
inline void Store(float* p, F16 x) {
  vst1q_f32(p, x.a);
  vst1q_f32(p + 4, x.b);
  vst1q_f32(p + 8, x.c);
  vst1q_f32(p + 12, x.d);
}
inline F16 Set(float x) {
  const float32x4_t y = vdupq_n_f32(x);
  return {y, y, y, y};
}
inline F16 Add(F16 x, F16 y) {
  return {vaddq_f32(x.a, y.a), vaddq_f32(x.b, y.b), vaddq_f32(x.c, y.c), vaddq_f32(x.d, y.d)};
}
inline F16 Sub(F16 x, F16 y) {
  return {vsubq_f32(x.a, y.a), vsubq_f32(x.b, y.b), vsubq_f32(x.c, y.c), vsubq_f32(x.d, y.d)};
}
inline F16 Mul(F16 x, F16 y) {
  return {vmulq_f32(x.a, y.a), vmulq_f32(x.b, y.b), vmulq_f32(x.c, y.c), vmulq_f32(x.d, y.d)};
}
inline F16 Fma(F16 x, F16 y, F16 z) {
  return {vfmaq_f32(z.a, x.a, y.a), vfmaq_f32(z.b, x.b, y.b), vfmaq_f32(z.c, x.c, y.c),
          vfmaq_f32(z.d, x.d, y.d)};
}
// Of a number and no number, the number. Of two zeros the one without a sign: nothing made from a largest
// or a smallest value here depends on the sign of a zero.
inline F16 Max(F16 x, F16 y) {
  return {vmaxnmq_f32(x.a, y.a), vmaxnmq_f32(x.b, y.b), vmaxnmq_f32(x.c, y.c),
          vmaxnmq_f32(x.d, y.d)};
}
inline F16 Min(F16 x, F16 y) {
  return {vminnmq_f32(x.a, y.a), vminnmq_f32(x.b, y.b), vminnmq_f32(x.c, y.c),
          vminnmq_f32(x.d, y.d)};
}

inline I16 LoadInts(const int32_t* p) {
  return {vld1q_s32(p), vld1q_s32(p + 4), vld1q_s32(p + 8), vld1q_s32(p + 12)};
}
inline F16 ToFloat(I16 x) {
  return {vcvtq_f32_s32(x.a), vcvtq_f32_s32(x.b), vcvtq_f32_s32(x.c), vcvtq_f32_s32(x.d)};
}
inline I16 Round(F16 x) {
  return {vcvtnq_s32_f32(x.a), vcvtnq_s32_f32(x.b), vcvtnq_s32_f32(x.c), vcvtnq_s32_f32(x.d)};
}
inline F16 FromBytes(const int8_t* p) {
  const int8x16_t bytes = vld1q_s8(p);
  const int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_high_s8(bytes);
  return ToFloat({vmovl_s16(vget_low_s16(low)), vmovl_high_s16(low),
                  vmovl_s16(vget_low_s16(high)), vmovl_high_s16(high)});
}
inline float32x4_t ScaleQuarter(float32x4_t x, float32x4_t t) {
  const int32x4_t power = vshlq_n_s32(vreinterpretq_s32_f32(t), 23);
  return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(x), power));
}
inline F16 ScaleByPower(F16 x, F16 t) {
  return {ScaleQuarter(x.a, t.a), ScaleQuarter(x.b, t.b), ScaleQuarter(x.c, t.c),
          ScaleQuarter(x.d, t.d)};
}

// Eight shorts; saturates.
inline int16x8_t ToShorts(int32x4_t low, int32x4_t high) {
  return vqmovn_high_s32(vqmovn_s32(low), high);
}
inline void StoreBytes(uint8_t* p, I16 x) {
  const uint8x8_t low = vqmovun_s16(ToShorts(x.a, x.b));
  vst1q_u8(p, vqmovun_high_s16(low, ToShorts(x.c, x.d)));
}
inline void StoreShorts(int16_t* p, I16 x, int32_t limit) {
  const int16x8_t most = vdupq_n_s16(static_cast<int16_t>(limit));
  const int16x8_t least = vnegq_s16(most);
  vst1q_s16(p, vmaxq_s16(vminq_s16(ToShorts(x.a, x.b), most), least));
  vst1q_s16(p + 8, vmaxq_s16(vminq_s16(ToShorts(x.c, x.d), most), least));
}
inline float Sum(F16 x) {
  const float32x4_t four = vaddq_f32(vaddq_f32(x.a, x.c), vaddq_f32(x.b, x.d));
  return vpadds_f32(vadd_f32(vget_low_f32(four), vget_high_f32(four)));
}
inline float Largest(F16 x) {
  return vmaxnmvq_f32(vmaxnmq_f32(vmaxnmq_f32(x.a, x.b), vmaxnmq_f32(x.c, x.d)));
}

#if defined(ENCODER_DOT) || defined(ENCODER_I8MM)

constexpr int kTileRows = 8;

#ifdef ENCODER_I8MM

// Products of unsigned with signed bytes: nothing is taken off the activations.
constexpr bool kSignedBytes = false;
using Activations = uint8x16_t;
inline Activations LoadActivations(const uint8_t* p) { return vld1q_u8(p); }
template <int kLane>
inline int32x4_t AddDots(int32x4_t sum, int8x16_t w, Activations x) {
  return vsudotq_laneq_s32(sum, w, x, kLane);
}

#else

constexpr bool kSignedBytes = true;
using Activations = int8x16_t;
inline Activations LoadActivations(const uint8_t* p) {
  return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(p), vdupq_n_u8(128)));
}
template <int kLane>
inline int32x4_t AddDots(int32x4_t sum, int8x16_t w, Activations x) {
  return vdotq_laneq_s32(sum, w, x, kLane);
}

#endif

// One group of four inputs: those in lane kLane of each row's activations.
template <int kLane, int MR, int NR>
ENCODER_INLINE void AddGroup(const int8_t* w, const Activations (&x)[MR],
                             int32x4_t (&sums)[MR][NR]) {
  int8x16_t columns[NR];
  ENCODER_UNROLL for (int n = 0; n < NR; ++n) columns[n] = vld1q_s8(w + n * 16);
  ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
    ENCODER_UNROLL for (int n = 0; n < NR; ++n) {
      sums[m][n] = AddDots<kLane>(sums[m][n], columns[n], x[m]);
    }
  }
}

template <int MR>
inline void PanelSums(const uint8_t* a, size_t stride, size_t steps, const int8_t* panel,
                      [[maybe_unused]] const int32_t* offsets, bool add, int32_t* c) {
  // Registers of four columns at a time: as many sums as there are registers for, and enough of them to
  // hide how long a dot product takes.
  constexpr int NR = MR > 6 ? 2 : MR > 4 ? 3 : MR > 2 ? 4 : 6;
  for (size_t block = 0; block < kPanel; block += NR * 4) {
    int32x4_t sums[MR][NR];
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
      ENCODER_UNROLL for (int n = 0; n < NR; ++n) {
        if (add) {
          sums[m][n] = vld1q_s32(c + m * kPanel + block + n * 4);
        } else if constexpr (kSignedBytes) {
          sums[m][n] = vld1q_s32(offsets + block + n * 4);
        } else {
          sums[m][n] = vdupq_n_s32(0);
        }
      }
    }
    const int8_t* w = panel + block * 4;
    const uint8_t* from = a;
    ENCODER_HIDE(steps);
    for (size_t k = 0; k < steps; k += 4, from += 16, w += 4 * kPanel * 4) {
      Activations x[MR];
      ENCODER_UNROLL for (int m = 0; m < MR; ++m) x[m] = LoadActivations(from + m * stride);
      AddGroup<0>(w, x, sums);
      AddGroup<1>(w + kPanel * 4, x, sums);
      AddGroup<2>(w + 2 * kPanel * 4, x, sums);
      AddGroup<3>(w + 3 * kPanel * 4, x, sums);
    }
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
      ENCODER_UNROLL for (int n = 0; n < NR; ++n) {
        vst1q_s32(c + m * kPanel + block + n * 4, sums[m][n]);
      }
    }
  }
}

#else

constexpr int kTileRows = 4;
constexpr bool kSignedBytes = true;

// Two groups of four inputs for every row and four columns. Two products are added in 16 bits: kPairsFit
// says that they fit.
template <int kPair, int MR>
ENCODER_INLINE void AddGroups(const int8_t* w, const int32x4_t (&x)[MR], int32x4_t (&sums)[MR][2]) {
  const int8x16_t w0 = vld1q_s8(w), w1 = vld1q_s8(w + kPanel * 4);
  ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
    const int8x16_t x0 = vreinterpretq_s8_s32(vdupq_laneq_s32(x[m], kPair * 2));
    const int8x16_t x1 = vreinterpretq_s8_s32(vdupq_laneq_s32(x[m], kPair * 2 + 1));
    const int16x8_t low = vmull_s8(vget_low_s8(w0), vget_low_s8(x0));
    const int16x8_t high = vmull_high_s8(w0, x0);
    sums[m][0] = vpadalq_s16(sums[m][0], vmlal_s8(low, vget_low_s8(w1), vget_low_s8(x1)));
    sums[m][1] = vpadalq_s16(sums[m][1], vmlal_high_s8(high, w1, x1));
  }
}

template <int MR>
inline void PanelSums(const uint8_t* a, size_t stride, size_t steps, const int8_t* panel,
                      const int32_t* offsets, bool add, int32_t* c) {
  for (size_t block = 0; block < kPanel; block += 8) {
    int32x4_t left[MR][2], right[MR][2];  // two parts of two columns in each register
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
      left[m][0] = left[m][1] = right[m][0] = right[m][1] = vdupq_n_s32(0);
    }
    const int8_t* w = panel + block * 4;
    const uint8_t* from = a;
    ENCODER_HIDE(steps);
    for (size_t k = 0; k < steps; k += 4, from += 16, w += 4 * kPanel * 4) {
      int32x4_t x[MR];
      ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
        x[m] = vreinterpretq_s32_u8(veorq_u8(vld1q_u8(from + m * stride), vdupq_n_u8(128)));
      }
      AddGroups<0>(w, x, left);
      AddGroups<0>(w + 16, x, right);
      AddGroups<1>(w + 2 * kPanel * 4, x, left);
      AddGroups<1>(w + 2 * kPanel * 4 + 16, x, right);
    }
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
      int32_t* to = c + m * kPanel + block;
      const int32x4_t l = vpaddq_s32(left[m][0], left[m][1]);
      const int32x4_t r = vpaddq_s32(right[m][0], right[m][1]);
      const int32_t* begin = add ? to : offsets + block;
      vst1q_s32(to, vaddq_s32(l, vld1q_s32(begin)));
      vst1q_s32(to + 4, vaddq_s32(r, vld1q_s32(begin + 4)));
    }
  }
}

#endif

constexpr int kShortBlocks = 1;

// Eight columns at a time. NEON has no product of pairs: the first shorts of all columns are taken apart
// from the second ones.
template <int MR, int NR>
inline void ShortSums(const int16_t* a, size_t stride, const int32_t* b, size_t step, size_t steps,
                      I16 (&sums)[MR][NR]) {
  static_assert(NR == 1, "one block of columns at a time");
  for (int half = 0; half < 2; ++half) {
    int32x4_t low[MR], high[MR];
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) low[m] = high[m] = vdupq_n_s32(0);
    const int32_t* w = b + half * 8;
    const int16_t* x = a;
    ENCODER_HIDE(steps);
    for (size_t k = 0; k < steps; ++k, x += 2, w += step) {
      const int16x8_t left = vreinterpretq_s16_s32(vld1q_s32(w));
      const int16x8_t right = vreinterpretq_s16_s32(vld1q_s32(w + 4));
      const int16x8_t first = vuzp1q_s16(left, right), second = vuzp2q_s16(left, right);
      ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
        int32_t both;
        std::memcpy(&both, x + m * stride, 4);
        const int16x4_t pair = vreinterpret_s16_s32(vdup_n_s32(both));
        low[m] = vmlal_lane_s16(low[m], vget_low_s16(first), pair, 0);
        high[m] = vmlal_high_lane_s16(high[m], first, pair, 0);
        low[m] = vmlal_lane_s16(low[m], vget_low_s16(second), pair, 1);
        high[m] = vmlal_high_lane_s16(high[m], second, pair, 1);
      }
    }
    ENCODER_UNROLL for (int m = 0; m < MR; ++m) {
      (half == 0 ? sums[m][0].a : sums[m][0].c) = low[m];
      (half == 0 ? sums[m][0].b : sums[m][0].d) = high[m];
    }
  }
}

// Four rows of four int32, transposed.
inline void Transpose4(const int32_t* const from[4], int column, int32_t* to, size_t stride) {
  const int32x4_t r0 = vld1q_s32(from[0] + column), r1 = vld1q_s32(from[1] + column);
  const int32x4_t r2 = vld1q_s32(from[2] + column), r3 = vld1q_s32(from[3] + column);
  const int64x2_t even0 = vreinterpretq_s64_s32(vtrn1q_s32(r0, r1));
  const int64x2_t odd0 = vreinterpretq_s64_s32(vtrn2q_s32(r0, r1));
  const int64x2_t even1 = vreinterpretq_s64_s32(vtrn1q_s32(r2, r3));
  const int64x2_t odd1 = vreinterpretq_s64_s32(vtrn2q_s32(r2, r3));
  vst1q_s32(to, vreinterpretq_s32_s64(vtrn1q_s64(even0, even1)));
  vst1q_s32(to + stride, vreinterpretq_s32_s64(vtrn1q_s64(odd0, odd1)));
  vst1q_s32(to + 2 * stride, vreinterpretq_s32_s64(vtrn2q_s64(even0, even1)));
  vst1q_s32(to + 3 * stride, vreinterpretq_s32_s64(vtrn2q_s64(odd0, odd1)));
}
inline void Transpose16(const int32_t* const from[16], int32_t* to, size_t stride) {
  for (int row = 0; row < 16; row += 4) {
    for (int column = 0; column < 16; column += 4) {
      Transpose4(from + row, column, to + column * stride + row, stride);
    }
  }
}

inline void Interleave(const int16_t* a, const int16_t* b, size_t count, int32_t* to) {
  for (size_t i = 0; i < count; i += 8) {
    const int16x8_t x = vld1q_s16(a + i), y = vld1q_s16(b + i);
    vst1q_s32(to + i, vreinterpretq_s32_s16(vzip1q_s16(x, y)));
    vst1q_s32(to + i + 4, vreinterpretq_s32_s16(vzip2q_s16(x, y)));
  }
}
