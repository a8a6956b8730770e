#include "placement.h"

#include <algorithm>
#include <cstdlib>

namespace haypile {
namespace {

constexpr int kMostCpus = 4096;

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

Placement PlanPlacement(const PlacementRequest& request, int workers,
                        const std::vector<NumaNode>& nodes, const std::vector<int>& usable,
                        bool canPrefer) {
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
  if (request.numaNode >= 0) {
    if (nodes.size() < 2) {
      placement.note += "; one node, so that there is no memory to place";
    } else if (canPrefer) {
      placement.memoryNode = request.numaNode;
      placement.note += "; weights and what workers use in the memory of that node";
    } else {
      placement.note += "; memory where each worker touches it first, since the system takes no wish";
    }
  }
  return placement;
}

}  // namespace haypile
