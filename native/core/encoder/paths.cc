// Which code this CPU can run.
#include "path.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(__aarch64__) && defined(_WIN32)
#include <windows.h>
#endif

namespace haypile::encoder {
namespace {

struct Named {
  Path path;
  const char* name;
};
constexpr Named kNames[] = {
    {Path::kScalar, "scalar"},          {Path::kAvx2, "avx2"},
    {Path::kAvxVnni, "avx-vnni"},       {Path::kAvx512Vnni, "avx512-vnni"},
    {Path::kNeon, "neon"},              {Path::kNeonDot, "neon-dotprod"},
    {Path::kNeonI8mm, "neon-i8mm"},
};

#if defined(__x86_64__)

bool HasAvxVnni() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  // The least leaf 7 has at its second part: bit 4 of eax.
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & (1u << 4)) != 0;
}

bool Has(Path path) {
  __builtin_cpu_init();
  // These ask the operating system too, whether it keeps the registers.
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (path == Path::kAvx2) return avx2;
  if (path == Path::kAvxVnni) return avx2 && HasAvxVnni();
  if (path != Path::kAvx512Vnni) return false;
  return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}

#elif defined(__aarch64__) && defined(__linux__)

bool Has(Path path) {
  // Numbered as in the kernel's asm/hwcap.h: the headers of an old libc lack the second.
  constexpr unsigned long kDotProducts = 1ul << 20;
  constexpr unsigned long kInt8Products = 1ul << 13;
  const bool dots = (getauxval(AT_HWCAP) & kDotProducts) != 0;
  if (path == Path::kNeonDot) return dots;
  if (path == Path::kNeonI8mm) return dots && (getauxval(AT_HWCAP2) & kInt8Products) != 0;
  return path == Path::kNeon;
}

#elif defined(__aarch64__) && defined(__APPLE__)

bool HasFeature(const char* name) {
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
}

bool Has(Path path) {
  const bool dots = HasFeature("hw.optional.arm.FEAT_DotProd");
  if (path == Path::kNeonDot) return dots;
  if (path == Path::kNeonI8mm) return dots && HasFeature("hw.optional.arm.FEAT_I8MM");
  return path == Path::kNeon;
}

#elif defined(__aarch64__) && defined(_WIN32)

bool Has(Path path) {
  // PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE and PF_ARM_V82_I8MM_INSTRUCTIONS_AVAILABLE, which old headers lack.
  const bool dots = IsProcessorFeaturePresent(43) != 0;
  if (path == Path::kNeonDot) return dots;
  if (path == Path::kNeonI8mm) return dots && IsProcessorFeaturePresent(66) != 0;
  return path == Path::kNeon;
}

#elif defined(__aarch64__)

bool Has(Path path) { return path == Path::kNeon; }

#else

bool Has(Path) { return false; }

#endif

}  // namespace

const char* NameOf(Path path) {
  for (const Named& it : kNames) {
    if (it.path == path) return it.name;
  }
  return "";
}

std::optional<Path> PathByName(std::string_view name) {
  for (const Named& it : kNames) {
    if (name == it.name) return it.path;
  }
  return std::nullopt;
}

bool Supported(Path path) { return path == Path::kScalar || Has(path); }

std::vector<Path> SupportedPaths() {
  std::vector<Path> paths;
  for (const Named& it : kNames) {
    if (Supported(it.path)) paths.push_back(it.path);
  }
  return paths;
}

Path BestPath() { return SupportedPaths().back(); }

EncodeFunction FunctionOf(Path path) {
  switch (path) {
#if defined(__x86_64__)
    case Path::kAvx2:
      return avx2::EncodePacked;
    case Path::kAvxVnni:
      return avxvnni::EncodePacked;
    case Path::kAvx512Vnni:
      return avx512vnni::EncodePacked;
#elif defined(__aarch64__)
    case Path::kNeon:
      return neon::EncodePacked;
    case Path::kNeonDot:
      return neondot::EncodePacked;
    case Path::kNeonI8mm:
      return neoni8mm::EncodePacked;
#endif
    default:
      return scalar::EncodePacked;
  }
}

}  // namespace haypile::encoder
