// JS face of the index of eight or four bits a value: rows and searches on the JS thread. A search of 100,000 rows takes one to three
// milliseconds: who asks holds few enough.
#pragma once
#include <memory>

#include "core/scan/code_index.h"
#include "napi_setup.h"

namespace haypile {

class CodeScan : public Napi::ObjectWrap<CodeScan> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit CodeScan(const Napi::CallbackInfo& info);
  ~CodeScan() override;

 private:
  Napi::Value Append(const Napi::CallbackInfo& info);
  Napi::Value Search(const Napi::CallbackInfo& info);
  Napi::Value Size(const Napi::CallbackInfo& info);
  Napi::Value Bytes(const Napi::CallbackInfo& info);
  Napi::Value BytesWith(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  const std::unique_ptr<CodeIndex>& Open() const;
  // Tells V8 what the index holds now, so that garbage collection weighs it.
  void ReportMemory(Napi::Env env);

  std::unique_ptr<CodeIndex> index_;  // null once closed
  int64_t reportedBytes_ = 0;
};

void DefineCodeScan(Napi::Env env, Napi::Object exports);

}  // namespace haypile
