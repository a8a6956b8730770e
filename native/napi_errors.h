// JS errors from core failures. JS thread only.
#pragma once
#include "errors.h"
#include "napi_setup.h"

namespace haypile {

inline Napi::Error ToJsError(Napi::Env env, const std::string& code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Value().Set("code", Napi::String::New(env, code));
  return error;
}

// Runs `body`; a failure leaves it as a JS exception with a code, whatever it is: what is none would end the process.
template <typename Body>
auto Guarded(Napi::Env env, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    const Failure failure = CaughtFailure("beginning a call");
    throw ToJsError(env, failure.code, failure.message);
  }
}

}  // namespace haypile
