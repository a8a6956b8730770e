// JS face of a search over bits that are shown run by run, and the making of such runs.
//
// Rule 1: a call holds the arrays it is given until its promise settles; they must not be changed
//         before. The rest is copied.
// Rule 2: calls may overlap: one mutex serves them one after another.
#pragma once
#include <memory>

#include "napi_setup.h"

namespace haypile {

class BitQuery : public Napi::ObjectWrap<BitQuery> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit BitQuery(const Napi::CallbackInfo& info);
  ~BitQuery() override;

  struct State;

 private:
  Napi::Value Scan(const Napi::CallbackInfo& info);
  Napi::Value Search(const Napi::CallbackInfo& info);
  Napi::Value Best(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  const std::shared_ptr<State>& Open() const;
  void LetGo(Napi::Env env);

  std::shared_ptr<State> state_;  // null once closed
  int64_t reportedBytes_ = 0;
};

// BitQuery and binarise().
void DefineBitQuery(Napi::Env env, Napi::Object exports);

}  // namespace haypile
