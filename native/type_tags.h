// Tags of every wrapped class, drawn at random when the addon loads: two versions of it in one
// process have different class layouts, and must not take each other's objects.
#pragma once
#include "napi_setup.h"

namespace haypile {

extern const napi_type_tag kTokenizerTag;
extern const napi_type_tag kEmbedderTag;
extern const napi_type_tag kRerankerTag;
extern const napi_type_tag kVectorScanTag;

}  // namespace haypile
