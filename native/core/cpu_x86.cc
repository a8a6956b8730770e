// Leaves, registers and bits: "CPUID" and "XGETBV" in Intel's manual of instructions.
#include "cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>

namespace haypile {
namespace {

struct Registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

// All zero where the CPU has no such leaf.
Registers Leaf(unsigned leaf, unsigned part) {
  Registers found;
  if (__get_cpuid_count(leaf, part, &found.a, &found.b, &found.c, &found.d) == 0) return {};
  return found;
}

// The registers whose contents the system keeps for each thread.
unsigned KeptRegisters() {
  unsigned low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

std::vector<std::string> Read() {
  std::vector<std::string> found;
  const auto add = [&](unsigned word, int bit, const char* name) {
    if ((word >> bit & 1) != 0) found.emplace_back(name);
  };
  const Registers basic = Leaf(1, 0);
  const Registers more = Leaf(7, 0);
  const Registers most = Leaf(7, 1);
  add(basic.c, 20, "sse4.2");
  add(basic.c, 23, "popcnt");
  constexpr unsigned kHalves = 0x6;     // xmm, ymm
  constexpr unsigned kAllOfThem = 0xe6;  // and the masks and zmm
  const bool asks = (basic.c >> 27 & 1) != 0;
  const unsigned kept = asks ? KeptRegisters() : 0;
  if ((kept & kHalves) != kHalves) return found;
  add(basic.c, 28, "avx");
  add(more.b, 5, "avx2");
  add(basic.c, 12, "fma");
  add(most.a, 4, "avxvnni");
  if ((kept & kAllOfThem) != kAllOfThem) return found;
  add(more.b, 16, "avx512f");
  add(more.b, 17, "avx512dq");
  add(more.b, 30, "avx512bw");
  add(more.b, 31, "avx512vl");
  add(more.c, 11, "avx512vnni");
  add(more.c, 14, "avx512vpopcntdq");
  add(most.a, 5, "avx512bf16");
  return found;
}

}  // namespace

const std::vector<std::string>& CpuFeatures() {
  static const std::vector<std::string> features = Read();
  return features;
}

}  // namespace haypile
#endif
