// What the CUDA provider of ONNX Runtime is told, as the pairs of texts it takes. Plain C++.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace haypile {

// How its arena takes memory of the GPU from the driver.
enum class GpuArena {
  kSame,    // as much as a tensor needs: slower to grow, nothing is held for later
  kDouble,  // the next power of two: fewer calls of the driver, up to twice the memory
};

struct GpuSettings {
  uint64_t memoryBytes = 0;  // most that the arena of a model takes; 0: no limit of its own
  GpuArena arena = GpuArena::kSame;
};

// "same" or "double"; throws Error HAYPILE_USAGE on another name.
GpuArena GpuArenaByName(const std::string& name);
const char* GpuArenaName(GpuArena arena);

struct CudaOptions {
  std::vector<std::string> keys;
  std::vector<std::string> values;
};

CudaOptions CudaOptionsOf(const GpuSettings& settings);

}  // namespace haypile
