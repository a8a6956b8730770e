#include "embedder.h"

#include "tokenizer.h"
#include "type_tags.h"

namespace haypile {

Napi::Function Embedder::Define(Napi::Env env) {
  return DefineClass(env, "Embedder",
                     {InstanceMethod("report", &Embedder::Report),
                      InstanceMethod("embed", &Embedder::Embed),
                      InstanceMethod("embedTokens", &Embedder::EmbedTokens),
                      InstanceMethod("late", &Embedder::Late),
                      InstanceMethod("cancel", &Embedder::Cancel),
                      InstanceMethod("releaseMemory", &Embedder::ReleaseMemory),
                      InstanceMethod("tune", &Embedder::Tune),
                      InstanceMethod("close", &Embedder::Close),
                      StaticMethod("load", &Embedder::Load)});
}

Napi::Value Embedder::Load(const Napi::CallbackInfo& info) {
  return LoadModel(info, Output::kVector, &EnvData::embedder);
}

Embedder::Embedder(const Napi::CallbackInfo& info) : ModelFace(info) {
  info.This().As<Napi::Object>().TypeTag(&kEmbedderTag);
}

Napi::Value Embedder::Embed(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guarded(env, [&]() -> Napi::Value {
    if (info.Length() < 3 || !info[0].IsArray()) {
      throw Error(code::kUsage, "Expected an array of strings.");
    }
    if (!hasTokenizer_) {
      throw Error(code::kUsage, "This embedder has no tokenizer of its own: it takes token ids.");
    }
    EmbedRequest request;
    request.texts = StringsOf(info[0].As<Napi::Array>());
    request.urgent = info.Length() > 4 && info[4].ToBoolean();
    return channel_->Start(std::move(request), dimensions_, info[1], info[2],
                           info.Length() > 3 ? info[3] : env.Undefined());
  });
}

Napi::Value Embedder::EmbedTokens(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guarded(env, [&]() -> Napi::Value {
    if (info.Length() < 4 || !info[0].IsTypedArray() || !info[1].IsTypedArray()) {
      throw Error(code::kUsage, "Expected ids (Int32Array) and lengths (Uint32Array).");
    }
    const auto ids = info[0].As<Napi::Int32Array>();
    const auto lengths = info[1].As<Napi::Uint32Array>();
    EmbedRequest request;
    request.ids.assign(ids.Data(), ids.Data() + ids.ElementLength());
    request.lengths.assign(lengths.Data(), lengths.Data() + lengths.ElementLength());
    size_t total = 0;
    for (const uint32_t length : request.lengths) {
      if (length < 1 || length > settings_.maxTokens) {
        throw Error(code::kUsage, "Expected 1 to " + std::to_string(settings_.maxTokens) +
                                      " tokens a text, received " + std::to_string(length) + ".");
      }
      total += length;
    }
    if (total != request.ids.size()) {
      throw Error(code::kUsage, "The lengths do not add up to the number of ids.");
    }
    request.urgent = info.Length() > 5 && info[5].ToBoolean();
    return channel_->Start(std::move(request), dimensions_, info[2], info[3],
                           info.Length() > 4 ? info[4] : env.Undefined());
  });
}

Napi::Value Embedder::Late(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guarded(env, [&]() -> Napi::Value {
    if (info.Length() < 6 || !info[0].IsString() || !info[1].IsArray() || !info[2].IsTypedArray() ||
        !info[3].IsNumber()) {
      throw Error(code::kUsage, "Expected a query, texts, the worth of each word (Uint8Array) and a number of tokens.");
    }
    if (!hasTokenizer_ || report_.engine != Engine::kDirect) {
      throw Error(code::kUsage, "Late interaction needs packed weights that run direct, and a tokenizer.");
    }
    const auto worth = info[2].As<Napi::Uint8Array>();
    if (worth.ElementLength() != words_) {
      throw Error(code::kUsage, "Expected the worth of " + std::to_string(words_) +
                                    " words, received that of " +
                                    std::to_string(worth.ElementLength()) + ".");
    }
    const int64_t tokens = info[3].As<Napi::Number>().Int64Value();
    if (tokens < 3) throw Error(code::kUsage, "Expected at least 3 tokens of each text.");
    EmbedRequest request;
    request.urgent = true;
    request.query = info[0].As<Napi::String>().Utf8Value();
    request.texts = StringsOf(info[1].As<Napi::Array>());
    request.worth = std::make_shared<const std::vector<uint8_t>>(worth.Data(), worth.Data() + worth.ElementLength());
    request.lateTokens = static_cast<size_t>(tokens);
    return channel_->Start(std::move(request), 1, info[4], info[5], env.Undefined());
  });
}

}  // namespace haypile
