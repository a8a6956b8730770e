// JS face of an embedding model: texts or token ids in, unit vectors out.
#pragma once
#include "model_face.h"

namespace haypile {

class Embedder : public ModelFace<Embedder> {
 public:
  static Napi::Function Define(Napi::Env env);
  // load(options): Promise<Embedder>.
  static Napi::Value Load(const Napi::CallbackInfo& info);

  explicit Embedder(const Napi::CallbackInfo& info);

 private:
  Napi::Value Embed(const Napi::CallbackInfo& info);
  Napi::Value EmbedTokens(const Napi::CallbackInfo& info);
  // late(query, texts, worth, tokens, out, job): how well each text answers (core/encoder/late.h).
  Napi::Value Late(const Napi::CallbackInfo& info);
};

}  // namespace haypile
