// JS face of the bit index: rows in on the JS thread, searches on pool threads.
//
// Rule 1: a search holds the index. close() lets go of this object's hold: memory is freed when the
//         last running search has ended.
// Rule 2: what a search needs is copied before the call returns.
#pragma once
#include <memory>

#include "core/scan/bit_index.h"
#include "napi_setup.h"

namespace haypile {

class VectorScan : public Napi::ObjectWrap<VectorScan> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit VectorScan(const Napi::CallbackInfo& info);
  ~VectorScan() override;

  // The open index of a VectorScan; Error: usage for anything else, closed.
  static std::shared_ptr<const BitIndex> IndexOf(const Napi::Value& value);

 private:
  Napi::Value Append(const Napi::CallbackInfo& info);
  Napi::Value AppendCodes(const Napi::CallbackInfo& info);
  Napi::Value Remove(const Napi::CallbackInfo& info);
  Napi::Value Search(const Napi::CallbackInfo& info);
  Napi::Value Size(const Napi::CallbackInfo& info);
  Napi::Value Bytes(const Napi::CallbackInfo& info);
  Napi::Value BytesWith(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  const std::shared_ptr<BitIndex>& Open() const;
  // Tells V8 what the index holds now, so that garbage collection weighs it.
  void ReportMemory(Napi::Env env);

  std::shared_ptr<BitIndex> index_;  // null once closed
  int64_t reportedBytes_ = 0;
};

// rescore(), similarities() and scanIsa().
void DefineScan(Napi::Env env, Napi::Object exports);

}  // namespace haypile
