// The encoder for AVX-512 with VNNI.
#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns of values its own intrinsics leave unset on purpose (its bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include "path.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")
#endif

namespace haypile::encoder::avx512vnni {
namespace {

#include "lanes_avx512.h"

#include "body_products.inc"
#include "body_rows.inc"
#include "body_late.inc"
#include "body_attention.inc"

}  // namespace

#include "body_layers.inc"

}  // namespace haypile::encoder::avx512vnni

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
