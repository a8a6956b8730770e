// The encoder for NEON with its products of unsigned and signed bytes.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "path.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("dotprod,i8mm"))), apply_to = function)
#else
#pragma GCC target("arch=armv8.2-a+dotprod+i8mm")
#endif

#define ENCODER_I8MM
namespace haypile::encoder::neoni8mm {
namespace {

#include "lanes_neon.h"

#include "body_products.inc"
#include "body_rows.inc"
#include "body_late.inc"
#include "body_attention.inc"

}  // namespace

#include "body_layers.inc"

}  // namespace haypile::encoder::neoni8mm

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
