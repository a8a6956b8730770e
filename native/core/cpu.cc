#include "cpu.h"

#include <algorithm>

namespace haypile {

bool CpuHas(std::string_view feature) {
  const std::vector<std::string>& all = CpuFeatures();
  return std::find(all.begin(), all.end(), feature) != all.end();
}

#if !defined(__x86_64__) && !defined(__aarch64__)
const std::vector<std::string>& CpuFeatures() {
  static const std::vector<std::string> none;
  return none;
}
#endif

}  // namespace haypile
