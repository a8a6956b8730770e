#include "tokenizer.h"

#include <algorithm>
#include <stdexcept>

#include "env_data.h"
#include "napi_errors.h"
#include "promise_worker.h"
#include "type_tags.h"

namespace haypile {
namespace {

WordPieceSpec SpecOf(const Napi::Object& from) {
  WordPieceSpec spec;
  const auto flag = [&](const char* name) { return from.Get(name).ToBoolean().Value(); };
  const auto number = [&](const Napi::Object& object, const char* name) {
    return object.Get(name).ToNumber().Int32Value();
  };
  const auto bytes = from.Get("vocabulary").As<Napi::Uint8Array>();
  spec.vocabulary.assign(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
  spec.cleanText = flag("cleanText");
  spec.handleChineseChars = flag("handleChineseChars");
  spec.stripAccents = flag("stripAccents");
  spec.lowercase = flag("lowercase");
  spec.unknownId = number(from, "unknownId");
  spec.classifyId = number(from, "classifyId");
  spec.separateId = number(from, "separateId");
  spec.padId = number(from, "padId");
  spec.continuingPrefix = from.Get("continuingPrefix").ToString().Utf8Value();
  spec.maxCharsPerWord = number(from, "maxCharsPerWord");
  const auto added = from.Get("addedTokens").As<Napi::Array>();
  for (uint32_t i = 0; i < added.Length(); ++i) {
    const auto token = added.Get(i).As<Napi::Object>();
    const auto tokenFlag = [&](const char* name) { return token.Get(name).ToBoolean().Value(); };
    spec.addedTokens.push_back({token.Get("content").ToString().Utf8Value(), number(token, "id"),
                                tokenFlag("normalized"), tokenFlag("singleWord"),
                                tokenFlag("lstrip"), tokenFlag("rstrip")});
  }
  return spec;
}

class CountWorker : public PromiseWorker {
 public:
  CountWorker(Napi::Env env, std::shared_ptr<const WordPiece> wordPiece,
              std::vector<std::string> texts)
      : PromiseWorker(env), wordPiece_(std::move(wordPiece)), texts_(std::move(texts)) {}

 protected:
  void Work() override {
    WordPiece::Scratch scratch;
    counts_.reserve(texts_.size());
    for (const std::string& text : texts_) {
      counts_.push_back(static_cast<uint32_t>(wordPiece_->Count(text, scratch)));
    }
  }
  Napi::Value Result(Napi::Env env) override {
    Napi::Uint32Array array = Napi::Uint32Array::New(env, counts_.size());
    std::copy(counts_.begin(), counts_.end(), array.Data());
    return array;
  }

 private:
  std::shared_ptr<const WordPiece> wordPiece_;
  std::vector<std::string> texts_;
  std::vector<uint32_t> counts_;
};

class CountLinesWorker : public PromiseWorker {
 public:
  CountLinesWorker(Napi::Env env, std::shared_ptr<const WordPiece> wordPiece, std::string text)
      : PromiseWorker(env), wordPiece_(std::move(wordPiece)), text_(std::move(text)) {}

 protected:
  void Work() override {
    WordPiece::Scratch scratch;
    const std::string_view text = text_;
    for (size_t at = 0; at <= text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view line = text.substr(at, end - at);
      counts_.push_back(line.empty() ? 0
                                     : static_cast<uint32_t>(wordPiece_->Count(line, scratch)));
      at = end + 1;
    }
  }
  Napi::Value Result(Napi::Env env) override {
    Napi::Uint32Array array = Napi::Uint32Array::New(env, counts_.size());
    std::copy(counts_.begin(), counts_.end(), array.Data());
    return array;
  }

 private:
  std::shared_ptr<const WordPiece> wordPiece_;
  std::string text_;
  std::vector<uint32_t> counts_;
};

}  // namespace

std::vector<std::string> StringsOf(const Napi::Array& array) {
  std::vector<std::string> texts;
  texts.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::HandleScope scope(array.Env());
    const Napi::Value value = array.Get(i);
    if (!value.IsString()) {
      throw ToJsError(array.Env(), code::kUsage,
                      "Expected strings, received something else at index " + std::to_string(i) +
                          ".");
    }
    texts.push_back(value.As<Napi::String>().Utf8Value());
  }
  return texts;
}

Napi::Function Tokenizer::Define(Napi::Env env) {
  return DefineClass(env, "Tokenizer",
                     {InstanceMethod("encode", &Tokenizer::Encode),
                      InstanceMethod("count", &Tokenizer::Count),
                      InstanceMethod("countLines", &Tokenizer::CountLines),
                      InstanceMethod("close", &Tokenizer::Close)});
}

std::shared_ptr<const WordPiece> Tokenizer::From(Napi::Value value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTokenizerTag)) {
    throw ToJsError(value.Env(), code::kUsage, "Expected a Tokenizer of this addon.");
  }
  return Unwrap(value.As<Napi::Object>())->Open(value.Env());
}

Tokenizer::Tokenizer(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  if (info.Length() < 1 || !info[0].IsObject()) {
    throw ToJsError(info.Env(), code::kUsage, "Expected a tokenizer description.");
  }
  info.This().As<Napi::Object>().TypeTag(&kTokenizerTag);
  wordPiece_ = Guarded(info.Env(), [&] {
    try {
      return std::make_shared<const WordPiece>(SpecOf(info[0].As<Napi::Object>()));
    } catch (const std::logic_error& error) {
      throw Error(code::kModelInvalid,
                  std::string("The tokenizer's vocabulary cannot be used: ") + error.what());
    }
  });
}

const std::shared_ptr<const WordPiece>& Tokenizer::Open(Napi::Env env) const {
  if (wordPiece_ == nullptr) {
    throw ToJsError(env, code::kClosed, "The tokenizer was closed before this call.");
  }
  return wordPiece_;
}

Napi::Value Tokenizer::Encode(const Napi::CallbackInfo& info) {
  const auto wordPiece = Open(info.Env());
  WordPiece::Scratch scratch;
  std::vector<int32_t> ids;
  wordPiece->Encode(info[0].ToString().Utf8Value(),
                    static_cast<size_t>(info[1].ToNumber().Int64Value()), scratch, ids);
  Napi::Int32Array array = Napi::Int32Array::New(info.Env(), ids.size());
  std::copy(ids.begin(), ids.end(), array.Data());
  return array;
}

Napi::Value Tokenizer::Count(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsArray()) {
    throw ToJsError(info.Env(), code::kUsage, "Expected an array of strings.");
  }
  return (new CountWorker(info.Env(), Open(info.Env()), StringsOf(info[0].As<Napi::Array>())))
      ->Start();
}

Napi::Value Tokenizer::CountLines(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsString()) {
    throw ToJsError(info.Env(), code::kUsage, "Expected a text.");
  }
  return (new CountLinesWorker(info.Env(), Open(info.Env()),
                               info[0].As<Napi::String>().Utf8Value()))
      ->Start();
}

Napi::Value Tokenizer::Close(const Napi::CallbackInfo& info) {
  wordPiece_.reset();
  return info.Env().Undefined();
}

}  // namespace haypile
