// What only one kind of system has to tell.
#pragma once
#include "napi_setup.h"

namespace haypile {

// JS thread only. See "windows" in src/native/binding.ts; elsewhere nothing is added.
void DefineSystem(Napi::Env env, Napi::Object exports);

}  // namespace haypile
