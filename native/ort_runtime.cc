#include "ort_runtime.h"

#include <atomic>
#include <mutex>

#include "allocator.h"
#include "runtime_library.h"
#include "text_encoder_op.h"

namespace haypile {
namespace {

std::mutex g_mutex;
OrtRuntime* g_runtime = nullptr;  // guarded by g_mutex; leaked on purpose

std::atomic<uint64_t> g_table_bytes{0};

// The runtime's own log would go to stderr beside ours; failures reach us as statuses anyway.
void ORT_API_CALL DropLog(void*, OrtLoggingLevel, const char*, const char*, const char*,
                          const char*) {}

}  // namespace

OrtRuntime& OrtRuntime::Open(const std::string& libraryPath) {
  const std::lock_guard<std::mutex> lock(g_mutex);
  if (g_runtime == nullptr) g_runtime = new OrtRuntime(libraryPath);
  return *g_runtime;
}

uint64_t OrtRuntime::TableBytes() { return g_table_bytes; }

OrtRuntime& OrtRuntime::Get() {
  const std::lock_guard<std::mutex> lock(g_mutex);
  if (g_runtime == nullptr) {
    throw Error(code::kInternal, "ONNX Runtime was used before it was opened.");
  }
  return *g_runtime;
}

OrtRuntime::OrtRuntime(const std::string& libraryPath) : libraryPath_(libraryPath) {
  TurnOffTelemetry();
  KeepLargeBlocksApart();

  const uint64_t mallocBefore = ReadMallocUsage().usedBytes;
  std::string problem;
  void* library = OpenLibrary(libraryPath, Binding::kNow, &problem);
  if (library == nullptr) {
    throw Error(code::kNativeMissing, "The ONNX Runtime library could not be opened: " + problem);
  }
  using GetBase = const OrtApiBase*(ORT_API_CALL*)();
  auto getBase = reinterpret_cast<GetBase>(FindInLibrary(library, "OrtGetApiBase"));
  const OrtApiBase* base = getBase == nullptr ? nullptr : getBase();
  api_ = base == nullptr ? nullptr : base->GetApi(ORT_API_VERSION);
  if (api_ == nullptr) {
    throw Error(code::kNativeMissing, "The library " + libraryPath +
                                          " is not an ONNX Runtime with API version " +
                                          std::to_string(ORT_API_VERSION) + " or newer.");
  }
  version_ = base->GetVersionString();

  Check(api_->CreateEnvWithCustomLogger(DropLog, nullptr, ORT_LOGGING_LEVEL_FATAL, "haypile", &env_),
        code::kRuntimeFailed, "The environment of ONNX Runtime could not be made");
  Check(api_->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &cpuMemory_),
        code::kRuntimeFailed, "The description of CPU memory could not be made");
  Check(api_->RegisterAllocator(env_, RuntimeAllocator(cpuMemory_, FindThrowBadAlloc(library))), code::kRuntimeFailed,
        "The allocator could not be registered");
  Check(api_->CreateCustomOpDomain("haypile", &operators_), code::kRuntimeFailed,
        "The domain of operators could not be made");
  Check(api_->CustomOpDomain_Add(operators_, TextEncoderOp()), code::kRuntimeFailed,
        "The text encoder could not be added");
  const uint64_t mallocAfter = ReadMallocUsage().usedBytes;
  if (mallocAfter > mallocBefore) g_table_bytes = mallocAfter - mallocBefore;
}

void OrtRuntime::Check(OrtStatus* status, const char* code, const std::string& what) const {
  if (status == nullptr) return;
  const std::string words = api_->GetErrorMessage(status);
  api_->ReleaseStatus(status);
  // The runtime reports an exhausted allocator in words only, the second ones those of Microsoft's C++ library.
  if (words.find("bad_alloc") != std::string::npos || words.find("bad allocation") != std::string::npos ||
      words.find("Failed to allocate memory") != std::string::npos) {
    throw Error(code::kOutOfMemory, what + ": " + words);
  }
  throw Error(code, what + ": " + words);
}

}  // namespace haypile
