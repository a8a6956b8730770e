// JS face of the word splitter.
#pragma once
#include "napi_setup.h"

namespace haypile {

void DefineWords(Napi::Env env, Napi::Object exports);

}  // namespace haypile
