// Execution providers: which can be used here, and why not. CUDA and CoreML are tried once per
// process; a failure is remembered with its reason and the CPU is used instead.
#pragma once
#include <string>

#include "model_runner.h"
#include "ort_runtime.h"

namespace haypile {

// "cpu", "cuda", "coreml"; throws Error HAYPILE_USAGE on another name.
Provider ProviderByName(const std::string& name);
const char* ProviderName(Provider provider);

struct ProviderProbe {
  bool available;
  std::string reason;  // "" when available, else which library or device is missing
};

// What a first try found; cached for the process. Any thread.
ProviderProbe ProbeProvider(const OrtRuntime& runtime, Provider provider);

// Appends the provider to session options. modelKey names compiled CoreML models in their cache.
// Throws Error HAYPILE_RUNTIME_FAILED with the runtime's reason.
void AppendProvider(const OrtRuntime& runtime, Provider provider, const GpuSettings& gpu,
                    OrtSessionOptions* options);

}  // namespace haypile
