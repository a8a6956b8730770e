#include "host_info.h"

#include "core/cpu.h"

namespace haypile {

HostInfo ReadHostInfo() {
  HostInfo host;
#if defined(__x86_64__)
  host.architecture = "x64";
#elif defined(__aarch64__)
  host.architecture = "arm64";
#else
  host.architecture = "other";
#endif
  host.cpuFeatures = CpuFeatures();
  ReadSystem(host);
  return host;
}

}  // namespace haypile
