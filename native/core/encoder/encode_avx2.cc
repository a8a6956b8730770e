// The encoder for AVX2 and FMA.
#if defined(__x86_64__)
#include <immintrin.h>

#include "path.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

namespace haypile::encoder::avx2 {
namespace {

#include "lanes_avx2.h"

#include "body_products.inc"
#include "body_rows.inc"
#include "body_late.inc"
#include "body_attention.inc"

}  // namespace

#include "body_layers.inc"

}  // namespace haypile::encoder::avx2

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
