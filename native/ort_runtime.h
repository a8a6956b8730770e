// ONNX Runtime, opened once per process from an absolute path and kept for good. Its environment
// is never released: releasing it from exit handlers is a known crash, and it is a singleton.
#pragma once
#include <functional>
#include <memory>
#include <cstdint>
#include <string>

#include "errors.h"
#include "onnxruntime_c_api.h"

namespace haypile {

class OrtRuntime {
 public:
  // Opens the library (the first path wins, later calls get the same runtime). Any thread.
  // Throws Error HAYPILE_NATIVE_MISSING when it cannot be opened or is too old.
  static OrtRuntime& Open(const std::string& libraryPath);
  // The open runtime; throws Error HAYPILE_INTERNAL before Open().
  static OrtRuntime& Get();
  // Of malloc: what opening it took (its registers of operators). 0 while it is not open. Any thread.
  static uint64_t TableBytes();

  const OrtApi& api() const { return *api_; }
  OrtEnv* env() const { return env_; }
  const OrtMemoryInfo* cpuMemory() const { return cpuMemory_; }
  // With the operators of ours, for the options of a session.
  OrtCustomOpDomain* operators() const { return operators_; }
  const std::string& version() const { return version_; }
  const std::string& libraryPath() const { return libraryPath_; }

  // Throws Error(code, what + the runtime's own words) when `status` is a failure; frees it.
  void Check(OrtStatus* status, const char* code, const std::string& what) const;

 private:
  explicit OrtRuntime(const std::string& libraryPath);

  std::string libraryPath_;
  std::string version_;
  const OrtApi* api_ = nullptr;
  OrtEnv* env_ = nullptr;
  OrtMemoryInfo* cpuMemory_ = nullptr;
  OrtCustomOpDomain* operators_ = nullptr;
};

// Owns one object of the C API.
template <typename T>
using OrtOwned = std::unique_ptr<T, std::function<void(T*)>>;

}  // namespace haypile
