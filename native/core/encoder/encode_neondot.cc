// The encoder for NEON with its dot products.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "path.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#else
#pragma GCC target("arch=armv8.2-a+dotprod")
#endif

#define ENCODER_DOT
namespace haypile::encoder::neondot {
namespace {

#include "lanes_neon.h"

#include "body_products.inc"
#include "body_rows.inc"
#include "body_late.inc"
#include "body_attention.inc"

}  // namespace

#include "body_layers.inc"

}  // namespace haypile::encoder::neondot

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
