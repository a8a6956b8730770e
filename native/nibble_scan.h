// JS face of the index of four bits a value: rows and searches on the JS thread. A search of 100,000 rows takes one to three
// milliseconds: who asks holds few enough.
#pragma once
#include <memory>

#include "core/scan/nibble_index.h"
#include "napi_setup.h"

namespace haypile {

class NibbleScan : public Napi::ObjectWrap<NibbleScan> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit NibbleScan(const Napi::CallbackInfo& info);
  ~NibbleScan() override;

 private:
  Napi::Value Append(const Napi::CallbackInfo& info);
  Napi::Value Search(const Napi::CallbackInfo& info);
  Napi::Value Size(const Napi::CallbackInfo& info);
  Napi::Value Bytes(const Napi::CallbackInfo& info);
  Napi::Value BytesWith(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  const std::unique_ptr<NibbleIndex>& Open() const;
  // Tells V8 what the index holds now, so that garbage collection weighs it.
  void ReportMemory(Napi::Env env);

  std::unique_ptr<NibbleIndex> index_;  // null once closed
  int64_t reportedBytes_ = 0;
};

void DefineNibbleScan(Napi::Env env, Napi::Object exports);

}  // namespace haypile
