#include <algorithm>

#include "host_info.h"
#include "windows/api.h"

// After windows.h, which it builds on.
#include <psapi.h>

namespace haypile {
namespace {

std::string CpuModel() {
  wchar_t text[256] = L"";
  DWORD bytes = sizeof text - sizeof text[0];
  if (RegGetValueW(HKEY_LOCAL_MACHINE, L"HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0", L"ProcessorNameString",
                   RRF_RT_REG_SZ, nullptr, text, &bytes) != ERROR_SUCCESS) {
    return "unknown";
  }
  std::string name = windows::Narrow(text);
  while (!name.empty() && name.back() == ' ') name.pop_back();
  return name.empty() ? "unknown" : name;
}

void Lower(uint64_t& limit, uint64_t found) {
  if (found > 0 && (limit == 0 || found < limit)) limit = found;
}

// A job is to Windows what a control group is to Linux. A process that is in none has no limits.
CgroupLimits JobLimits(int cpus) {
  CgroupLimits limits;
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION job{};
  if (QueryInformationJobObject(nullptr, JobObjectExtendedLimitInformation, &job, sizeof job, nullptr)) {
    const DWORD flags = job.BasicLimitInformation.LimitFlags;
    if ((flags & JOB_OBJECT_LIMIT_JOB_MEMORY) != 0) Lower(limits.memoryLimitBytes, job.JobMemoryLimit);
    if ((flags & JOB_OBJECT_LIMIT_PROCESS_MEMORY) != 0) Lower(limits.memoryLimitBytes, job.ProcessMemoryLimit);
  }
  JOBOBJECT_CPU_RATE_CONTROL_INFORMATION rate{};
  if (QueryInformationJobObject(nullptr, JobObjectCpuRateControlInformation, &rate, sizeof rate, nullptr)) {
    constexpr DWORD kHardCap = JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP;
    // In hundredths of a per cent of all CPUs.
    if ((rate.ControlFlags & kHardCap) == kHardCap) limits.cpuQuota = rate.CpuRate / 10000.0 * cpus;
  }
  return limits;
}

int UsableCpus(int all) {
  DWORD_PTR own = 0;
  DWORD_PTR system = 0;
  // With more than 64 CPUs a process may use several groups, and its mask says nothing.
  if (!GetProcessAffinityMask(GetCurrentProcess(), &own, &system) || own == 0 || own == system) return all;
  return __builtin_popcountll(own);
}

// The newest of the structures, which old headers and old systems lack.
struct Counters {
  PROCESS_MEMORY_COUNTERS_EX known;
  SIZE_T privateWorkingSet;
  ULONG64 sharedCommit;
};

}  // namespace

int ProcessNumber() { return static_cast<int>(GetCurrentProcessId()); }

void ReadSystem(HostInfo& host) {
  host.cpuModel = CpuModel();
  host.logicalCpus = static_cast<int>(GetActiveProcessorCount(ALL_PROCESSOR_GROUPS));
  host.usableCpus = UsableCpus(host.logicalCpus);
  MEMORYSTATUSEX memory{};
  memory.dwLength = sizeof memory;
  if (GlobalMemoryStatusEx(&memory)) host.totalMemoryBytes = memory.ullTotalPhys;
  host.cgroup = JobLimits(host.logicalCpus);
}

MemoryUsage ReadMemoryUsage() {
  MemoryUsage usage;
  Counters counters{};
  auto* const known = reinterpret_cast<PROCESS_MEMORY_COUNTERS*>(&counters);
  const bool all = K32GetProcessMemoryInfo(GetCurrentProcess(), known, sizeof counters) != 0;
  if (!all && !K32GetProcessMemoryInfo(GetCurrentProcess(), known, sizeof counters.known)) return usage;
  usage.rssBytes = counters.known.WorkingSetSize;
  usage.peakRssBytes = counters.known.PeakWorkingSetSize;
  usage.commitBytes = counters.known.PrivateUsage;
  uint64_t own = all && counters.privateWorkingSet > 0 ? counters.privateWorkingSet : usage.commitBytes;
  // Wine tells of neither.
  if (own == 0) own = usage.rssBytes;
  usage.anonBytes = std::min(usage.rssBytes, own);
  usage.fileBytes = usage.rssBytes - usage.anonBytes;
  return usage;
}

}  // namespace haypile
