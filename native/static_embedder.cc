#include "static_embedder.h"

#include <algorithm>
#include <stdexcept>

#include "core/static_table.h"
#include "mapped_file.h"
#include "napi_errors.h"
#include "promise_worker.h"
#include "tokenizer.h"

namespace haypile {

struct StaticModel {
  StaticModel(const std::string& path, const std::string& scratch,
              std::shared_ptr<const WordPiece> tokens, std::vector<int32_t> leftOut)
      : file(path, scratch), table(file.data(), file.size()), wordPiece(std::move(tokens)),
        dropped(std::move(leftOut)) {}

  MappedFile file;
  StaticTable table;
  std::shared_ptr<const WordPiece> wordPiece;
  std::vector<int32_t> dropped;  // special and unknown tokens: they say nothing
};

namespace {

class StaticEmbedWorker : public PromiseWorker {
 public:
  StaticEmbedWorker(Napi::Env env, std::shared_ptr<const StaticModel> model,
                    std::vector<std::string> texts)
      : PromiseWorker(env), model_(std::move(model)), texts_(std::move(texts)) {}

 protected:
  void Work() override {
    const size_t dimensions = model_->table.dimensions();
    vectors_.resize(texts_.size() * dimensions);
    WordPiece::Scratch scratch;
    std::string split;
    std::vector<int32_t> ids;
    for (size_t i = 0; i < texts_.size(); ++i) {
      SplitIdentifiers(texts_[i], split);
      model_->wordPiece->Encode(split, 0, scratch, ids);
      ids.erase(std::remove_if(ids.begin(), ids.end(),
                               [&](int32_t id) {
                                 return std::find(model_->dropped.begin(), model_->dropped.end(),
                                                  id) != model_->dropped.end();
                               }),
                ids.end());
      model_->table.Embed(ids, vectors_.data() + i * dimensions);
    }
  }

  Napi::Value Result(Napi::Env env) override {
    Napi::Float32Array array = Napi::Float32Array::New(env, vectors_.size());
    std::copy(vectors_.begin(), vectors_.end(), array.Data());
    return array;
  }

 private:
  std::shared_ptr<const StaticModel> model_;
  std::vector<std::string> texts_;
  std::vector<float> vectors_;
};

}  // namespace

Napi::Function StaticEmbedder::Define(Napi::Env env) {
  return DefineClass(env, "StaticEmbedder",
                     {InstanceMethod("embed", &StaticEmbedder::Embed),
                      InstanceAccessor("dimensions", &StaticEmbedder::Dimensions, nullptr),
                      InstanceMethod("close", &StaticEmbedder::Close)});
}

StaticEmbedder::StaticEmbedder(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 4 || !info[0].IsString() || !info[2].IsTypedArray() ||
      info[2].As<Napi::TypedArray>().TypedArrayType() != napi_int32_array || !info[3].IsString()) {
    throw ToJsError(env, code::kUsage,
                    "Expected a path, a Tokenizer, the ids to leave out, and a folder for a copy.");
  }
  const auto ids = info[2].As<Napi::Int32Array>();
  const std::vector<int32_t> dropped(ids.Data(), ids.Data() + ids.ElementLength());
  const std::string path = info[0].ToString().Utf8Value();
  const std::string scratch = info[3].ToString().Utf8Value();
  const auto tokenizer = Tokenizer::From(info[1]);
  model_ = Guarded(env, [&] {
    try {
      return std::make_shared<const StaticModel>(path, scratch, tokenizer, dropped);
    } catch (const std::invalid_argument& error) {
      throw Error(code::kModelDamaged,
                  "The static model " + path + " cannot be used: " + error.what() + ".");
    }
  });
}

Napi::Value StaticEmbedder::Embed(const Napi::CallbackInfo& info) {
  if (model_ == nullptr) {
    throw ToJsError(info.Env(), code::kClosed, "The embedder was closed before this call.");
  }
  if (info.Length() < 1 || !info[0].IsArray()) {
    throw ToJsError(info.Env(), code::kUsage, "Expected an array of strings.");
  }
  return (new StaticEmbedWorker(info.Env(), model_, StringsOf(info[0].As<Napi::Array>())))->Start();
}

Napi::Value StaticEmbedder::Dimensions(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(),
                           model_ == nullptr ? 0 : static_cast<double>(model_->table.dimensions()));
}

Napi::Value StaticEmbedder::Close(const Napi::CallbackInfo& info) {
  model_.reset();
  return info.Env().Undefined();
}

}  // namespace haypile
