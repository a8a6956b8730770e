// NEON as every 64-bit ARM has it.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "kernel_tables.h"

namespace haypile {
namespace {

void HammingNeon(const uint8_t* query, const uint8_t* rows, size_t count, size_t rowBytes,
                 uint16_t* distances) {
  for (size_t row = 0; row < count; ++row, rows += rowBytes) {
    uint16x8_t sums = vdupq_n_u16(0);
    size_t at = 0;
    for (; at + 16 <= rowBytes; at += 16) {
      const uint8x16_t differs = veorq_u8(vld1q_u8(query + at), vld1q_u8(rows + at));
      sums = vpadalq_u8(sums, vcntq_u8(differs));
    }
    uint16_t distance = vaddvq_u16(sums);
    if (at < rowBytes) {
      const uint8x8_t differs = veor_u8(vld1_u8(query + at), vld1_u8(rows + at));
      distance = static_cast<uint16_t>(distance + vaddv_u8(vcnt_u8(differs)));
    }
    distances[row] = distance;
  }
}

// A product of two bytes fits into 16 bits, even (-128) * (-128); pairs are summed in 32.
void DotNeon(const int8_t* query, const int8_t* rows, size_t count, size_t dimensions,
             int32_t* dots) {
  for (size_t row = 0; row < count; ++row, rows += dimensions) {
    int32x4_t low = vdupq_n_s32(0);
    int32x4_t high = vdupq_n_s32(0);
    size_t i = 0;
    for (; i + 16 <= dimensions; i += 16) {
      const int8x16_t left = vld1q_s8(query + i);
      const int8x16_t right = vld1q_s8(rows + i);
      low = vpadalq_s16(low, vmull_s8(vget_low_s8(left), vget_low_s8(right)));
      high = vpadalq_s16(high, vmull_high_s8(left, right));
    }
    int32_t dot = vaddvq_s32(vaddq_s32(low, high));
    for (; i < dimensions; ++i) dot += int32_t{query[i]} * rows[i];
    dots[row] = dot;
  }
}

inline int32x4_t AddProducts(int32x4_t sum, int8x16_t left, int8x16_t right) {
  sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(left), vget_low_s8(right)));
  return vpadalq_s16(sum, vmull_high_s8(left, right));
}

void DotNibblesNeon(const int8_t* query, const uint8_t* rows, size_t count, size_t rowBytes,
                   int32_t* dots) {
  const uint8x16_t half = vdupq_n_u8(0x0f);
  for (size_t row = 0; row < count; ++row, rows += rowBytes) {
    int32x4_t low = vdupq_n_s32(0);
    int32x4_t high = vdupq_n_s32(0);
    for (size_t at = 0; at < rowBytes; at += 16) {
      const uint8x16_t bytes = vld1q_u8(rows + at);
      low = AddProducts(low, vld1q_s8(query + at), vreinterpretq_s8_u8(vandq_u8(bytes, half)));
      high = AddProducts(high, vld1q_s8(query + rowBytes + at),
                         vreinterpretq_s8_u8(vshrq_n_u8(bytes, 4)));
    }
    dots[row] = vaddvq_s32(vaddq_s32(low, high));
  }
}

}  // namespace

const Kernels kNeonKernels = {HammingNeon, DotNeon, DotNibblesNeon};

}  // namespace haypile
#endif
