#include "providers.h"

#include <map>
#include <mutex>
#include <vector>

#include "file_path.h"
#include "runtime_library.h"

namespace haypile {
namespace {

// The provider libraries lie beside the runtime's own. Opening them names the first library that
// is missing (libcudnn.so.9 …), which the runtime's message does not always do.
std::string MissingCudaLibrary(const OrtRuntime& runtime) {
  const std::string& path = runtime.libraryPath();
  const std::string folder = PathText(FilePath(path).parent_path() / "");
  for (const char* name : kCudaLibraries) {
    std::string problem;
    if (OpenLibrary(folder + name, Binding::kLazy, &problem) == nullptr) return problem;
  }
  return "";
}

void AppendCuda(const OrtRuntime& runtime, const GpuSettings& gpu, OrtSessionOptions* options) {
  const OrtApi& api = runtime.api();
  OrtCUDAProviderOptionsV2* raw = nullptr;
  runtime.Check(api.CreateCUDAProviderOptions(&raw), code::kRuntimeFailed,
                "CUDA options could not be made");
  OrtOwned<OrtCUDAProviderOptionsV2> cuda(
      raw, [&api](OrtCUDAProviderOptionsV2* it) { api.ReleaseCUDAProviderOptions(it); });
  const CudaOptions said = CudaOptionsOf(gpu);
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const std::string& key : said.keys) keys.push_back(key.c_str());
  for (const std::string& value : said.values) values.push_back(value.c_str());
  runtime.Check(api.UpdateCUDAProviderOptions(raw, keys.data(), values.data(), keys.size()),
                code::kRuntimeFailed, "CUDA options were refused");
  runtime.Check(api.SessionOptionsAppendExecutionProvider_CUDA_V2(options, raw),
                code::kRuntimeFailed, "The CUDA provider could not be added");
}

void AppendCoreMl(const OrtRuntime& runtime, OrtSessionOptions* options) {
  const char* keys[] = {"ModelFormat", "MLComputeUnits"};
  const char* values[] = {"MLProgram", "ALL"};
  runtime.Check(
      runtime.api().SessionOptionsAppendExecutionProvider(options, "CoreML", keys, values, 2),
      code::kRuntimeFailed, "The CoreML provider could not be added");
}

ProviderProbe Probe(const OrtRuntime& runtime, Provider provider) {
  if (provider == Provider::kCpu) return {true, ""};
  if (provider == Provider::kCuda) {
    const std::string missing = MissingCudaLibrary(runtime);
    if (!missing.empty()) return {false, missing};
  }
  try {
    OrtSessionOptions* raw = nullptr;
    runtime.Check(runtime.api().CreateSessionOptions(&raw), code::kRuntimeFailed,
                  "Session options could not be made");
    OrtOwned<OrtSessionOptions> options(
        raw, [&runtime](OrtSessionOptions* it) { runtime.api().ReleaseSessionOptions(it); });
    AppendProvider(runtime, provider, {}, raw);
    return {true, ""};
  } catch (const Error& error) {
    return {false, error.what()};
  }
}

}  // namespace

Provider ProviderByName(const std::string& name) {
  if (name == "cpu") return Provider::kCpu;
  if (name == "cuda") return Provider::kCuda;
  if (name == "coreml") return Provider::kCoreMl;
  throw Error(code::kUsage,
              "Expected cpu, cuda or coreml for the provider, received \"" + name + "\".");
}

const char* ProviderName(Provider provider) {
  switch (provider) {
    case Provider::kCuda:
      return "cuda";
    case Provider::kCoreMl:
      return "coreml";
    default:
      return "cpu";
  }
}

ProviderProbe ProbeProvider(const OrtRuntime& runtime, Provider provider) {
  static std::mutex mutex;
  static std::map<Provider, ProviderProbe> known;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = known.find(provider);
  if (found != known.end()) return found->second;
  return known.emplace(provider, Probe(runtime, provider)).first->second;
}

void AppendProvider(const OrtRuntime& runtime, Provider provider, const GpuSettings& gpu,
                    OrtSessionOptions* options) {
  if (provider == Provider::kCuda) AppendCuda(runtime, gpu, options);
  if (provider == Provider::kCoreMl) AppendCoreMl(runtime, options);
}

}  // namespace haypile
