// The export table: what src/native/binding.ts mirrors.
#include "allocator.h"
#include "bit_query.h"
#include "core/encoder/encoder.h"
#include "embedder.h"
#include "env_data.h"
#include "host_face.h"
#include "napi_errors.h"
#include "code_scan.h"
#include "providers.h"
#include "reranker.h"
#include "static_embedder.h"
#include "stay_loaded.h"
#include "system_face.h"
#include "tokenizer.h"
#include "vector_scan.h"
#include "watchdog_face.h"
#include "word_face.h"

namespace haypile {
namespace {

Napi::Value OpenRuntime(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&] {
    const OrtRuntime& runtime = OrtRuntime::Open(info[0].ToString().Utf8Value());
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("version", runtime.version());
    return result;
  });
}

Napi::Value Probe(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&] {
    const ProviderProbe probe =
        ProbeProvider(OrtRuntime::Get(), ProviderByName(info[0].ToString().Utf8Value()));
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("available", probe.available);
    result.Set("reason", probe.reason);
    return result;
  });
}

Napi::Value EncoderPaths(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env());
  for (const encoder::Path path : encoder::SupportedPaths()) {
    names.Set(names.Length(), encoder::NameOf(path));
  }
  return names;
}

Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  StayLoaded();
  auto* data = new EnvData();
  env.SetInstanceData(data);
  const Napi::Function tokenizer = Tokenizer::Define(env);
  const Napi::Function embedder = Embedder::Define(env);
  data->tokenizer = Napi::Persistent(tokenizer);
  const Napi::Function reranker = Reranker::Define(env);
  data->embedder = Napi::Persistent(embedder);
  data->reranker = Napi::Persistent(reranker);
  exports.Set("Tokenizer", tokenizer);
  exports.Set("Embedder", embedder);
  exports.Set("Reranker", reranker);
  exports.Set("StaticEmbedder", StaticEmbedder::Define(env));
  Napi::Object runtime = Napi::Object::New(env);
  runtime.Set("open", Napi::Function::New(env, OpenRuntime, "open"));
  runtime.Set("probe", Napi::Function::New(env, Probe, "probe"));
  exports.Set("runtime", runtime);
  exports.Set("encoderPaths", Napi::Function::New(env, EncoderPaths, "encoderPaths"));
  DefineHost(env, exports);
  DefineScan(env, exports);
  DefineWords(env, exports);
  DefineBitQuery(env, exports);
  DefineCodeScan(env, exports);
  DefineWatchdog(env, exports);
  DefineSystem(env, exports);
  return exports;
}

}  // namespace
}  // namespace haypile

Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  return haypile::Initialise(env, exports);
}
NODE_API_MODULE(haypile, Initialise)
