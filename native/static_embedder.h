// JS face of a static embedding model: a mapped table and the tokeniser, no ONNX Runtime.
#pragma once
#include <memory>

#include "napi_setup.h"

namespace haypile {

struct StaticModel;

class StaticEmbedder : public Napi::ObjectWrap<StaticEmbedder> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit StaticEmbedder(const Napi::CallbackInfo& info);

 private:
  Napi::Value Embed(const Napi::CallbackInfo& info);
  Napi::Value Dimensions(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  std::shared_ptr<const StaticModel> model_;  // shared with running calls; null once closed
};

}  // namespace haypile
