#include "placement.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#if defined(__linux__)
#include <sched.h>
#endif

namespace haypile {
namespace {

constexpr int kMostCpus = 4096;

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string ListOf(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}

}  // namespace

std::vector<int> ParseCpuList(const std::string& text) {
  std::vector<int> cpus;
  const char* at = text.c_str();
  while (*at != '\0' && *at != '\n') {
    char* end = nullptr;
    const long first = std::strtol(at, &end, 10);
    if (end == at || first < 0 || first >= kMostCpus) return {};
    long last = first;
    if (*end == '-') {
      at = end + 1;
      last = std::strtol(at, &end, 10);
      if (end == at || last < first || last >= kMostCpus) return {};
    }
    for (long cpu = first; cpu <= last; ++cpu) cpus.push_back(static_cast<int>(cpu));
    at = *end == ',' ? end + 1 : end;
    if (*end != ',' && *end != '\0' && *end != '\n') return {};
  }
  return cpus;
}

std::vector<NumaNode> ReadNumaNodes(const std::string& root) {
  const std::string folder = root + "/sys/devices/system/node/";
  std::vector<NumaNode> nodes;
  for (const int id : ParseCpuList(FirstLine(folder + "online"))) {
    NumaNode node{id, ParseCpuList(FirstLine(folder + "node" + std::to_string(id) + "/cpulist"))};
    if (!node.cpus.empty()) nodes.push_back(std::move(node));
  }
  return nodes;
}

std::vector<int> BindableCpus() {
  std::vector<int> cpus;
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {};
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
#endif
  return cpus;
}

Placement PlanPlacement(const PlacementRequest& request, int workers,
                        const std::vector<NumaNode>& nodes, const std::vector<int>& usable) {
  Placement placement;
  if (!request.pin && request.numaNode < 0) return placement;
  if (usable.empty()) {
    placement.note = "not placed: this system does not bind threads to CPUs";
    return placement;
  }
  std::vector<int> cpus = usable;
  std::string what = "the CPUs this process may use";
  if (request.numaNode >= 0) {
    const auto node = std::find_if(nodes.begin(), nodes.end(), [&](const NumaNode& one) {
      return one.id == request.numaNode;
    });
    if (node == nodes.end()) {
      std::vector<int> ids;
      for (const NumaNode& one : nodes) ids.push_back(one.id);
      placement.note = "not placed: there is no NUMA node " + std::to_string(request.numaNode) +
                       (ids.empty() ? "; this machine tells of none" : "; there is " + ListOf(ids));
      return placement;
    }
    cpus.clear();
    for (const int cpu : node->cpus) {
      if (std::find(usable.begin(), usable.end(), cpu) != usable.end()) cpus.push_back(cpu);
    }
    if (cpus.empty()) {
      placement.note = "not placed: this process may use no CPU of NUMA node " +
                       std::to_string(request.numaNode);
      return placement;
    }
    what = "NUMA node " + std::to_string(request.numaNode);
  }
  for (int worker = 0; worker < workers; ++worker) {
    if (request.pin) {
      placement.cpus.push_back({cpus[static_cast<size_t>(worker) % cpus.size()]});
    } else {
      placement.cpus.push_back(cpus);
    }
  }
  placement.note = (request.pin ? "each worker on one CPU of " : "workers on the CPUs of ") + what +
                   " (" + ListOf(cpus) + ")";
  return placement;
}

bool BindThisThread(const std::vector<int>& cpus) {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) {
    if (cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
  }
  return sched_setaffinity(0, sizeof set, &set) == 0;
#else
  (void)cpus;
  return false;
#endif
}

}  // namespace haypile
