#include "cuda_options.h"

#include "errors.h"

namespace haypile {

GpuArena GpuArenaByName(const std::string& name) {
  if (name == "same") return GpuArena::kSame;
  if (name == "double") return GpuArena::kDouble;
  throw Error(code::kUsage,
              "Expected same or double for the arena of the GPU, received \"" + name + "\".");
}

const char* GpuArenaName(GpuArena arena) { return arena == GpuArena::kDouble ? "double" : "same"; }

CudaOptions CudaOptionsOf(const GpuSettings& settings) {
  CudaOptions options;
  const auto add = [&](const char* key, std::string value) {
    options.keys.emplace_back(key);
    options.values.push_back(std::move(value));
  };
  add("device_id", "0");
  add("arena_extend_strategy",
      settings.arena == GpuArena::kDouble ? "kNextPowerOfTwo" : "kSameAsRequested");
  // Without it the arena may take all that the driver gives.
  if (settings.memoryBytes > 0) add("gpu_mem_limit", std::to_string(settings.memoryBytes));
  return options;
}

}  // namespace haypile
