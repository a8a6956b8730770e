// JS face of a cross-encoder: a query and passages in, one score a passage out. A higher score means a
// better answer; scores of different models do not compare.
#pragma once
#include "model_face.h"

namespace haypile {

class Reranker : public ModelFace<Reranker> {
 public:
  static Napi::Function Define(Napi::Env env);
  // load(options): Promise<Reranker>.
  static Napi::Value Load(const Napi::CallbackInfo& info);

  explicit Reranker(const Napi::CallbackInfo& info);

 private:
  Napi::Value Score(const Napi::CallbackInfo& info);
};

}  // namespace haypile
