#include "host_info.h"

#include <sched.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>
#if defined(__APPLE__)
#include <mach/mach.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#endif

namespace haypile {
namespace {

#if !defined(__APPLE__)
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
#else
std::string CpuModel() {
  char text[256] = {};
  size_t size = sizeof text;
  sysctlbyname("machdep.cpu.brand_string", text, &size, nullptr, 0);
  return text;
}
#endif

int UsableCpus() {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

int ProcessNumber() { return getpid(); }

HostInfo ReadHostInfo() {
  HostInfo host;
  host.architecture = Architecture();
  host.cpuModel = CpuModel();
  host.cpuFeatures = CpuFeatures();
  host.logicalCpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  host.usableCpus = UsableCpus();
  host.totalMemoryBytes = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                          static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  host.cgroup = ReadCgroup("");
  return host;
}

MemoryUsage ReadMemoryUsage() {
  MemoryUsage usage;
#if defined(__APPLE__)
  mach_task_basic_info info;
  mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
  if (task_info(mach_task_self(), MACH_TASK_BASIC_INFO, reinterpret_cast<task_info_t>(&info),
                &count) == KERN_SUCCESS) {
    usage.rssBytes = info.resident_size;
    usage.peakRssBytes = info.resident_size_max;
  }
#else
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    usage.rssBytes += StatusBytes(line, "VmRSS:");
    usage.peakRssBytes += StatusBytes(line, "VmHWM:");
    usage.anonBytes += StatusBytes(line, "RssAnon:");
    usage.fileBytes += StatusBytes(line, "RssFile:");
  }
#endif
  return usage;
}

}  // namespace haypile
