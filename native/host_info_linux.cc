#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "host_info.h"

namespace haypile {
namespace {

std::string CpuModel() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("model name", 0) == 0 || line.rfind("Hardware", 0) == 0) {
      const size_t colon = line.find(": ");
      if (colon != std::string::npos) return line.substr(colon + 2);
    }
  }
  return "unknown";
}

// A line "Name:   1234 kB" of /proc/self/status.
uint64_t StatusBytes(const std::string& line, const char* name) {
  if (line.rfind(name, 0) != 0) return 0;
  return std::strtoull(line.c_str() + std::char_traits<char>::length(name), nullptr, 10) * 1024;
}

int UsableCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

int ProcessNumber() { return getpid(); }

void ReadSystem(HostInfo& host) {
  host.cpuModel = CpuModel();
  host.logicalCpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  host.usableCpus = UsableCpus();
  host.totalMemoryBytes = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                          static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  host.cgroup = ReadCgroup("");
}

MemoryUsage ReadMemoryUsage() {
  MemoryUsage usage;
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    usage.rssBytes += StatusBytes(line, "VmRSS:");
    usage.peakRssBytes += StatusBytes(line, "VmHWM:");
    usage.anonBytes += StatusBytes(line, "RssAnon:");
    usage.fileBytes += StatusBytes(line, "RssFile:");
  }
  return usage;
}

}  // namespace haypile
