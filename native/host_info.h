// Facts about this machine and this process, read from the operating system. Plain C++.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace haypile {

struct CgroupLimits {
  int version = 0;                 // 0 = no control group found
  uint64_t memoryLimitBytes = 0;   // 0 = no limit
  double cpuQuota = 0;             // CPUs, e.g. 1.5; 0 = no limit
};

struct HostInfo {
  std::string architecture;
  std::string cpuModel;
  std::vector<std::string> cpuFeatures;
  int logicalCpus = 0;
  int usableCpus = 0;
  uint64_t totalMemoryBytes = 0;
  CgroupLimits cgroup;
};

struct MemoryUsage {
  uint64_t rssBytes = 0;
  uint64_t peakRssBytes = 0;
  // macOS: what it calls the footprint, which counts what is compressed, too.
  uint64_t anonBytes = 0;
  uint64_t fileBytes = 0;
  // What the system has promised memory for; 0 where that is not counted (only Windows does).
  uint64_t commitBytes = 0;
};

// Of this process.
int ProcessNumber();

HostInfo ReadHostInfo();

// The part of it that each system has in its own way: all but the architecture and the features.
void ReadSystem(HostInfo& host);

MemoryUsage ReadMemoryUsage();

// The limits of the group this process is in and of all groups above it: the smallest counts.
// `root` stands before /proc and /sys, so that tests can lay out a machine of their own.
CgroupLimits ReadCgroup(const std::string& root);

}  // namespace haypile
