// What the CUDA provider would be told. That it is taken so, only a machine with a GPU shows.
#include "cuda_options.h"

#include <string>

#include "check.h"
#include "errors.h"

namespace {

using haypile::CudaOptions;
using haypile::CudaOptionsOf;
using haypile::GpuArena;

std::string Of(const CudaOptions& options) {
  CHECK(options.keys.size() == options.values.size());
  std::string text;
  for (size_t i = 0; i < options.keys.size(); ++i) text += options.keys[i] + "=" + options.values[i] + ";";
  return text;
}

void EachSettingIsTold() {
  CHECK(Of(CudaOptionsOf({})) == "device_id=0;arena_extend_strategy=kSameAsRequested;");
  CHECK(Of(CudaOptionsOf({2'000'000'000, GpuArena::kSame})) ==
        "device_id=0;arena_extend_strategy=kSameAsRequested;gpu_mem_limit=2000000000;");
  // Above 32 bits, and in plain digits.
  CHECK(Of(CudaOptionsOf({uint64_t{1} << 40, GpuArena::kDouble})) ==
        "device_id=0;arena_extend_strategy=kNextPowerOfTwo;gpu_mem_limit=1099511627776;");
}

void NamesGoBothWays() {
  for (const char* name : {"same", "double"}) {
    CHECK(std::string(haypile::GpuArenaName(haypile::GpuArenaByName(name))) == name);
  }
  bool isRefused = false;
  try {
    haypile::GpuArenaByName("kNextPowerOfTwo");
  } catch (const haypile::Error& error) {
    isRefused = std::string(error.what()).find("Expected same or double") != std::string::npos;
  }
  CHECK(isRefused);
}

}  // namespace

int main() {
  EachSettingIsTold();
  NamesGoBothWays();
  return haypile::check::Report();
}
