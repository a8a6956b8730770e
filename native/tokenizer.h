// JS face of the WordPiece tokeniser.
#pragma once
#include <memory>

#include "core/wordpiece.h"
#include "napi_setup.h"

namespace haypile {

class Tokenizer : public Napi::ObjectWrap<Tokenizer> {
 public:
  static Napi::Function Define(Napi::Env env);
  // The tokeniser inside a JS object; throws a JS error for any other object or a closed one.
  static std::shared_ptr<const WordPiece> From(Napi::Value value);

  explicit Tokenizer(const Napi::CallbackInfo& info);

 private:
  Napi::Value Encode(const Napi::CallbackInfo& info);
  Napi::Value Count(const Napi::CallbackInfo& info);
  Napi::Value CountLines(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  const std::shared_ptr<const WordPiece>& Open(Napi::Env env) const;

  std::shared_ptr<const WordPiece> wordPiece_;  // shared with embedders; null once closed
};

// Copies JS strings as UTF-8.
std::vector<std::string> StringsOf(const Napi::Array& array);

}  // namespace haypile
