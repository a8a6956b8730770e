// The encoder for plain C++, on any CPU.
#include "path.h"

namespace haypile::encoder::scalar {
namespace {

#include "lanes_scalar.h"

#include "body_products.inc"
#include "body_rows.inc"
#include "body_late.inc"
#include "body_attention.inc"

}  // namespace

#include "body_layers.inc"

}  // namespace haypile::encoder::scalar
