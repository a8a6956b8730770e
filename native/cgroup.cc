// Memory limit and CPU quota of a container, from control groups of version 1 or 2.
// Files and formats: the Linux kernel's admin guide, "cgroup-v1" and "cgroup-v2".
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "host_info.h"

namespace haypile {
namespace {

// Version 1 writes "no limit" as the largest multiple of the page size.
constexpr uint64_t kNoLimit = uint64_t{1} << 60;

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

void Lower(uint64_t& limit, uint64_t found) {
  if (found > 0 && found < kNoLimit && (limit == 0 || found < limit)) limit = found;
}

void Lower(double& limit, double found) {
  if (found > 0 && (limit == 0 || found < limit)) limit = found;
}

// "/a/b" -> "/a" -> "".
std::string Parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

struct Groups {
  std::string unified;   // path of the version 2 group
  std::string memory;    // paths of the version 1 groups
  std::string cpu;
  bool hasUnified = false;
  bool hasMemory = false;
  bool hasCpu = false;
};

// Lines "id:controllers:path".
Groups OwnGroups(const std::string& root) {
  Groups groups;
  std::ifstream file(root + "/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line)) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    std::string path = line.substr(second + 1);
    if (path == "/") path.clear();
    if (controllers == ",,") {
      groups.unified = path;
      groups.hasUnified = true;
    }
    if (controllers.find(",memory,") != std::string::npos) {
      groups.memory = path;
      groups.hasMemory = true;
    }
    if (controllers.find(",cpu,") != std::string::npos) {
      groups.cpu = path;
      groups.hasCpu = true;
    }
  }
  return groups;
}

// Calls visit(folder) for the group and each one above it. Inside a container the mount often shows
// only the container's own group, at the top: it is visited too.
template <typename Visit>
void EachLevel(const std::string& mount, std::string path, Visit visit) {
  for (;; path = Parent(path)) {
    visit(mount + path);
    if (path.empty()) return;
  }
}

void ReadUnified(const std::string& mount, const std::string& path, CgroupLimits& limits) {
  EachLevel(mount, path, [&](const std::string& folder) {
    const std::string memory = FirstLine(folder + "/memory.max");
    if (!memory.empty() && memory != "max") {
      Lower(limits.memoryLimitBytes, std::strtoull(memory.c_str(), nullptr, 10));
    }
    std::istringstream cpu(FirstLine(folder + "/cpu.max"));
    std::string quota;
    double period = 0;
    if (cpu >> quota >> period && quota != "max" && period > 0) {
      Lower(limits.cpuQuota, std::strtod(quota.c_str(), nullptr) / period);
    }
  });
}

void ReadOld(const std::string& root, const Groups& groups, CgroupLimits& limits) {
  EachLevel(root + "/sys/fs/cgroup/memory", groups.memory, [&](const std::string& folder) {
    Lower(limits.memoryLimitBytes,
          std::strtoull(FirstLine(folder + "/memory.limit_in_bytes").c_str(), nullptr, 10));
  });
  for (const char* name : {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"}) {
    EachLevel(root + name, groups.cpu, [&](const std::string& folder) {
      const double quota = std::strtod(FirstLine(folder + "/cpu.cfs_quota_us").c_str(), nullptr);
      const double period = std::strtod(FirstLine(folder + "/cpu.cfs_period_us").c_str(), nullptr);
      if (period > 0) Lower(limits.cpuQuota, quota / period);
    });
  }
}

}  // namespace

CgroupLimits ReadCgroup(const std::string& root) {
  CgroupLimits limits;
  const Groups groups = OwnGroups(root);
  if (groups.hasMemory || groups.hasCpu) {
    limits.version = 1;
    ReadOld(root, groups, limits);
  } else if (groups.hasUnified) {
    limits.version = 2;
    ReadUnified(root + "/sys/fs/cgroup", groups.unified, limits);
  }
  return limits;
}

}  // namespace haypile
