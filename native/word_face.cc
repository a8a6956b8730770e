#include "word_face.h"

#include "core/word_splitter.h"
#include "napi_errors.h"

namespace haypile {
namespace {

Napi::Value SplitWords(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    if (info.Length() < 1 || !info[0].IsString()) {
      throw ToJsError(info.Env(), code::kUsage, "Expected a text.");
    }
    std::string terms;
    if (!SplitAsciiWords(info[0].As<Napi::String>().Utf8Value(), terms)) {
      return info.Env().Undefined();
    }
    if (info.Length() > 1 && info[1].IsString()) {
      KeepTerms(terms, info[1].As<Napi::String>().Utf8Value());
    }
    // All ASCII: one byte a letter in JS too.
    napi_value result = nullptr;
    if (napi_create_string_latin1(info.Env(), terms.data(), terms.size(), &result) != napi_ok) {
      throw Error(code::kOutOfMemory, "Memory could not be had for the words of a text.");
    }
    return {info.Env(), result};
  });
}

}  // namespace

void DefineWords(Napi::Env env, Napi::Object exports) {
  exports.Set("splitWords", Napi::Function::New(env, SplitWords, "splitWords"));
}

}  // namespace haypile
