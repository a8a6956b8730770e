// JS errors from core failures. JS thread only.
#pragma once
#include <new>

#include "errors.h"
#include "napi_setup.h"

namespace haypile {

inline Napi::Error ToJsError(Napi::Env env, const std::string& code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Value().Set("code", Napi::String::New(env, code));
  return error;
}

// Runs `body`; a core failure leaves it as a JS exception with its code.
template <typename Body>
auto Guarded(Napi::Env env, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const Error& error) {
    throw ToJsError(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    throw ToJsError(env, code::kOutOfMemory, "Memory could not be had for this call.");
  }
}

}  // namespace haypile
