// Structures and names: Apple's mach/task_info.h and the manual page "sysctl".
#include <mach/mach.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include "host_info.h"

namespace haypile {
namespace {

template <typename Number>
Number Read(const char* name) {
  Number value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && size == sizeof value ? value : Number{0};
}

std::string ReadText(const char* name) {
  char text[256] = {};
  size_t size = sizeof text - 1;
  return sysctlbyname(name, text, &size, nullptr, 0) == 0 && text[0] != 0 ? text : "unknown";
}

}  // namespace

int ProcessNumber() { return getpid(); }

void ReadSystem(HostInfo& host) {
  host.cpuModel = ReadText("machdep.cpu.brand_string");
  host.logicalCpus = Read<int32_t>("hw.logicalcpu");
  // No process is kept to some of them.
  host.usableCpus = Read<int32_t>("hw.activecpu");
  host.totalMemoryBytes = Read<uint64_t>("hw.memsize");
}

MemoryUsage ReadMemoryUsage() {
  MemoryUsage usage;
  task_vm_info_data_t info{};
  mach_msg_type_number_t count = TASK_VM_INFO_COUNT;
  if (task_info(mach_task_self(), TASK_VM_INFO, reinterpret_cast<task_info_t>(&info), &count) != KERN_SUCCESS) {
    return usage;
  }
  usage.rssBytes = info.resident_size;
  usage.peakRssBytes = info.resident_size_peak;
  usage.fileBytes = info.external;
  // An older kernel fills less of it.
  usage.anonBytes = count >= TASK_VM_INFO_REV1_COUNT ? info.phys_footprint : info.internal + info.compressed;
  return usage;
}

}  // namespace haypile
