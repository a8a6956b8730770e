#include "reranker.h"

#include "tokenizer.h"
#include "type_tags.h"

namespace haypile {

Napi::Function Reranker::Define(Napi::Env env) {
  return DefineClass(env, "Reranker",
                     {InstanceMethod("report", &Reranker::Report),
                      InstanceMethod("score", &Reranker::Score),
                      InstanceMethod("cancel", &Reranker::Cancel),
                      InstanceMethod("releaseMemory", &Reranker::ReleaseMemory),
                      InstanceMethod("tune", &Reranker::Tune),
                      InstanceMethod("close", &Reranker::Close),
                      StaticMethod("load", &Reranker::Load)});
}

Napi::Value Reranker::Load(const Napi::CallbackInfo& info) {
  return LoadModel(info, Output::kScore, &EnvData::reranker);
}

Reranker::Reranker(const Napi::CallbackInfo& info) : ModelFace(info) {
  info.This().As<Napi::Object>().TypeTag(&kRerankerTag);
}

Napi::Value Reranker::Score(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guarded(env, [&]() -> Napi::Value {
    if (info.Length() < 4 || !info[0].IsString() || !info[1].IsArray()) {
      throw Error(code::kUsage, "Expected a query and an array of passages.");
    }
    if (!hasTokenizer_) {
      throw Error(code::kUsage, "This reranker has no tokenizer of its own: it takes no texts.");
    }
    EmbedRequest request;
    request.isPair = true;
    request.urgent = true;
    request.query = info[0].As<Napi::String>().Utf8Value();
    request.texts = StringsOf(info[1].As<Napi::Array>());
    return channel_->Start(std::move(request), dimensions_, info[2], info[3], env.Undefined());
  });
}

}  // namespace haypile
