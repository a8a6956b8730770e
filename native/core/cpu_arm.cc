// Each system has its own way to ask: Linux's auxiliary vector (numbered as in the kernel's asm/hwcap.h: the headers
// of an old libc lack the newer ones), Apple's names, Windows' numbers (of its processthreadsapi.h).
#include "cpu.h"

#if defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(_WIN32)
#include <windows.h>
#endif

namespace haypile {
namespace {

struct Feature {
  const char* name;
  bool (*has)(unsigned long, const char*);
  unsigned long number;
  const char* apples;
};

#if defined(__linux__)
bool First(unsigned long bit, const char*) { return (getauxval(AT_HWCAP) >> bit & 1) != 0; }
bool Second(unsigned long bit, const char*) { return (getauxval(AT_HWCAP2) >> bit & 1) != 0; }

constexpr Feature kFeatures[] = {
    {"dotprod", First, 20, ""}, {"i8mm", Second, 13, ""}, {"bf16", Second, 14, ""}, {"sve", First, 22, ""}};
#elif defined(__APPLE__)
bool Named(unsigned long, const char* name) {
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
}

constexpr Feature kFeatures[] = {{"dotprod", Named, 0, "hw.optional.arm.FEAT_DotProd"},
                                 {"i8mm", Named, 0, "hw.optional.arm.FEAT_I8MM"},
                                 {"bf16", Named, 0, "hw.optional.arm.FEAT_BF16"}};
#elif defined(_WIN32)
bool Present(unsigned long number, const char*) {
  return IsProcessorFeaturePresent(static_cast<DWORD>(number)) != 0;
}

constexpr Feature kFeatures[] = {
    {"dotprod", Present, 43, ""}, {"i8mm", Present, 66, ""}, {"bf16", Present, 68, ""}, {"sve", Present, 46, ""}};
#else
bool Never(unsigned long, const char*) { return false; }

constexpr Feature kFeatures[] = {{"dotprod", Never, 0, ""}};
#endif

std::vector<std::string> Read() {
  std::vector<std::string> found = {"neon"};  // every 64-bit ARM has it
  for (const Feature& feature : kFeatures) {
    if (feature.has(feature.number, feature.apples)) found.emplace_back(feature.name);
  }
  return found;
}

}  // namespace

const std::vector<std::string>& CpuFeatures() {
  static const std::vector<std::string> features = Read();
  return features;
}

}  // namespace haypile
#endif
