#include "host_info.h"

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(_WIN32)
#include <windows.h>
#endif

namespace haypile {

std::vector<std::string> CpuFeatures() {
  std::vector<std::string> found;
  const auto add = [&](bool has, const char* name) {
    if (has) found.push_back(name);
  };
#if defined(__x86_64__)
  __builtin_cpu_init();
  add(__builtin_cpu_supports("sse4.2"), "sse4.2");
  add(__builtin_cpu_supports("avx"), "avx");
  add(__builtin_cpu_supports("avx2"), "avx2");
  add(__builtin_cpu_supports("fma"), "fma");
  add(__builtin_cpu_supports("avx512f"), "avx512f");
  add(__builtin_cpu_supports("avx512bw"), "avx512bw");
  add(__builtin_cpu_supports("avx512vl"), "avx512vl");
  add(__builtin_cpu_supports("avx512vnni"), "avx512vnni");
  add(__builtin_cpu_supports("avx512vpopcntdq"), "avx512vpopcntdq");
  add(__builtin_cpu_supports("avx512bf16"), "avx512bf16");
#elif defined(__aarch64__)
  add(true, "neon");
#if defined(_WIN32)
  // PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE and the like, which old headers lack.
  add(IsProcessorFeaturePresent(43) != 0, "dotprod");
  add(IsProcessorFeaturePresent(46) != 0, "sve");
  add(IsProcessorFeaturePresent(66) != 0, "i8mm");
  add(IsProcessorFeaturePresent(68) != 0, "bf16");
#elif defined(__linux__)
  const unsigned long first = getauxval(AT_HWCAP);
  const unsigned long second = getauxval(AT_HWCAP2);
  (void)second;
  add(first & HWCAP_ASIMDDP, "dotprod");
  add(first & HWCAP_SVE, "sve");
#ifdef HWCAP2_I8MM
  add(second & HWCAP2_I8MM, "i8mm");
#endif
#ifdef HWCAP2_BF16
  add(second & HWCAP2_BF16, "bf16");
#endif
#endif
#endif
  return found;
}

std::string Architecture() {
#if defined(__x86_64__)
  return "x64";
#elif defined(__aarch64__)
  return "arm64";
#else
  return "other";
#endif
}

}  // namespace haypile
