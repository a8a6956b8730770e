// The vector instructions of x86 as plain C, by SIMDe, in place of the compiler's own header: so that code for
// AVX-512 and VNNI runs on a CPU that has neither. Below, what SIMDe 0.7.4 lacks, or rounds twice.
#pragma once
#define SIMDE_NO_NATIVE
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx2.h>
#include <simde/x86/avx512.h>
#include <simde/x86/fma.h>

#include <cmath>
#include <cstdint>
#include <cstring>

namespace haypile::simde {

// f(i) for each of Count numbers, as a register.
template <class Register, class Number, int Count, class F>
inline Register Make(F f) {
  static_assert(sizeof(Register) == sizeof(Number) * Count, "a whole register");
  Number numbers[Count];
  for (int i = 0; i < Count; ++i) numbers[i] = static_cast<Number>(f(i));
  Register out;
  std::memcpy(&out, numbers, sizeof out);
  return out;
}

// Number i of a register.
template <class Number, class Register>
inline Number At(const Register& x, int i) {
  Number number;
  std::memcpy(&number, reinterpret_cast<const char*>(&x) + i * sizeof number, sizeof number);
  return number;
}

template <class Register>
inline Register Fmadd(const Register& a, const Register& b, const Register& c) {
  return Make<Register, float, sizeof(Register) / 4>(
      [&](int i) { return std::fmaf(At<float>(a, i), At<float>(b, i), At<float>(c, i)); });
}

template <class Register>
inline Register Dpbusd(const Register& sum, const Register& a, const Register& b) {
  return Make<Register, int32_t, sizeof(Register) / 4>([&](int i) {
    int32_t out = At<int32_t>(sum, i);
    for (int j = 4 * i; j < 4 * i + 4; ++j) out += At<uint8_t>(a, j) * At<int8_t>(b, j);
    return out;
  });
}

template <class Register>
inline Register Dpwssd(const Register& sum, const Register& a, const Register& b) {
  return Make<Register, int32_t, sizeof(Register) / 4>([&](int i) {
    int32_t out = At<int32_t>(sum, i);
    for (int j = 2 * i; j < 2 * i + 2; ++j) out += At<int16_t>(a, j) * At<int16_t>(b, j);
    return out;
  });
}

}  // namespace haypile::simde

#undef _mm256_fmadd_ps
#undef _mm512_fmadd_ps
#undef _mm512_dpbusd_epi32
#undef _mm512_dpwssd_epi32
#undef _mm256_dpbusd_avx_epi32
#undef _mm256_dpwssd_avx_epi32
#undef _mm512_cvtepi32_ps
#undef _mm512_cvtps_epi32
#undef _mm512_cvtepi8_epi32
#undef _mm512_cvtepi32_epi16
#undef _mm512_cvtusepi32_epi8
#undef _mm512_extractf32x8_ps
#define _mm256_fmadd_ps haypile::simde::Fmadd<__m256>
#define _mm512_fmadd_ps haypile::simde::Fmadd<__m512>
#define _mm512_dpbusd_epi32 haypile::simde::Dpbusd<__m512i>
#define _mm512_dpwssd_epi32 haypile::simde::Dpwssd<__m512i>
#define _mm256_dpbusd_avx_epi32 haypile::simde::Dpbusd<__m256i>
#define _mm256_dpwssd_avx_epi32 haypile::simde::Dpwssd<__m256i>

inline __m512 _mm512_cvtepi32_ps(__m512i x) {
  return haypile::simde::Make<__m512, float, 16>(
      [&](int i) { return haypile::simde::At<int32_t>(x, i); });
}
inline __m512i _mm512_cvtps_epi32(__m512 x) {
  return haypile::simde::Make<__m512i, int32_t, 16>([&](int i) {
    const float y = std::nearbyintf(haypile::simde::At<float>(x, i));
    return y >= -0x1p31f && y < 0x1p31f ? static_cast<int32_t>(y) : INT32_MIN;
  });
}
inline __m512i _mm512_cvtepi8_epi32(__m128i x) {
  return haypile::simde::Make<__m512i, int32_t, 16>(
      [&](int i) { return haypile::simde::At<int8_t>(x, i); });
}
// The low halves.
inline __m256i _mm512_cvtepi32_epi16(__m512i x) {
  return haypile::simde::Make<__m256i, int16_t, 16>(
      [&](int i) { return haypile::simde::At<int16_t>(x, 2 * i); });
}
inline __m128i _mm512_cvtusepi32_epi8(__m512i x) {
  return haypile::simde::Make<__m128i, uint8_t, 16>([&](int i) {
    const uint32_t y = haypile::simde::At<uint32_t>(x, i);
    return y > 255 ? 255 : y;
  });
}
inline __m256 _mm512_extractf32x8_ps(__m512 x, int half) {
  return haypile::simde::Make<__m256, float, 8>(
      [&](int i) { return haypile::simde::At<float>(x, 8 * half + i); });
}
