// JS face of host_info and of the allocator's counters.
#pragma once
#include "napi_setup.h"

namespace haypile {

void DefineHost(Napi::Env env, Napi::Object exports);

}  // namespace haypile
