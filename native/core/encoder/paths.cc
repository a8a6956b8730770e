// Which code this CPU can run.
#include "path.h"

#include "core/cpu.h"

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

bool Has(Path path) {
  switch (path) {
    case Path::kAvx2:
      return CpuHas("avx2") && CpuHas("fma");
    case Path::kAvxVnni:
      return Has(Path::kAvx2) && CpuHas("avxvnni");
    case Path::kAvx512Vnni:
      return Has(Path::kAvx2) && CpuHas("avx512f") && CpuHas("avx512bw") && CpuHas("avx512dq") &&
             CpuHas("avx512vl") && CpuHas("avx512vnni");
    case Path::kNeon:
      return CpuHas("neon");
    case Path::kNeonDot:
      return CpuHas("dotprod");
    case Path::kNeonI8mm:
      return CpuHas("dotprod") && CpuHas("i8mm");
    default:
      return true;
  }
}

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

bool Supported(Path path) { return Has(path); }

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
