// The watchdog for JavaScript: one a process, of the environment that starts it.
#pragma once
#include "napi_setup.h"

namespace haypile {

void DefineWatchdog(Napi::Env env, Napi::Object exports);

}  // namespace haypile
