// What instructions this CPU has, and the system lets a program use. Not by __builtin_cpu_supports: it needs a table in
// the compiler's own library, which not every compiler has.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace haypile {

// By the names that Linux and LLVM have for them; none that this code knows is left out. Read once.
//   x86   sse4.2 popcnt avx avx2 fma avxvnni avx512f avx512dq avx512bw avx512vl avx512vnni avx512vpopcntdq avx512bf16
//   ARM   neon dotprod i8mm bf16 sve
const std::vector<std::string>& CpuFeatures();

bool CpuHas(std::string_view feature);

}  // namespace haypile
