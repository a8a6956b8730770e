#include <fstream>
#if defined(__linux__)
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "placement.h"

namespace haypile {
namespace {

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

#if defined(__linux__)
// Of linux/mempolicy.h, which is not everywhere where the call is.
constexpr int kPreferred = 1;

bool ReadPolicy(MemoryPolicy* policy) {
  // One more than there are, as the kernel counts them.
  return syscall(SYS_get_mempolicy, &policy->mode, policy->nodes, kMostNodes + 1, nullptr, 0) == 0;
}

bool SetPolicy(const MemoryPolicy& policy) {
  const bool isDefault = policy.mode == 0;
  return syscall(SYS_set_mempolicy, policy.mode, isDefault ? nullptr : policy.nodes,
                 isDefault ? 0 : kMostNodes + 1) == 0;
}
#endif

}  // namespace

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

bool MayPreferNodes() {
#if defined(__linux__)
  MemoryPolicy policy;
  return ReadPolicy(&policy) && SetPolicy(policy);
#else
  return false;
#endif
}

MemoryOnNode::MemoryOnNode(int node) {
#if defined(__linux__)
  if (node < 0 || node >= kMostNodes || !ReadPolicy(&before_)) return;
  MemoryPolicy wanted;
  wanted.mode = kPreferred;
  wanted.nodes[node / kNodesPerWord] = 1UL << (node % kNodesPerWord);
  isSet_ = SetPolicy(wanted);
#else
  (void)node;
#endif
}

MemoryOnNode::~MemoryOnNode() {
#if defined(__linux__)
  if (isSet_) SetPolicy(before_);
#endif
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
