// The encoder for NEON as every 64-bit ARM has it.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "path.h"

namespace haypile::encoder::neon {
namespace {

#include "lanes_neon.h"

#include "body_products.inc"
#include "body_rows.inc"
#include "body_late.inc"
#include "body_attention.inc"

}  // namespace

#include "body_layers.inc"

}  // namespace haypile::encoder::neon
#endif
