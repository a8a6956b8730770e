// Of the first group of CPUs: a machine with more than 64 has others, which are left to the system.
#include "placement.h"
#include "windows/api.h"

namespace haypile {
namespace {

constexpr int kMostCpus = 64;

std::vector<int> CpusOf(uint64_t mask) {
  std::vector<int> cpus;
  for (int cpu = 0; cpu < kMostCpus; ++cpu) {
    if ((mask >> cpu & 1) != 0) cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace

std::vector<NumaNode> ReadNumaNodes(const std::string&) {
  std::vector<NumaNode> nodes;
  ULONG highest = 0;
  if (!GetNumaHighestNodeNumber(&highest)) return nodes;
  for (ULONG id = 0; id <= highest; ++id) {
    GROUP_AFFINITY affinity{};
    if (!GetNumaNodeProcessorMaskEx(static_cast<USHORT>(id), &affinity) || affinity.Group != 0) continue;
    NumaNode node{static_cast<int>(id), CpusOf(affinity.Mask)};
    if (!node.cpus.empty()) nodes.push_back(std::move(node));
  }
  return nodes;
}

std::vector<int> BindableCpus() {
  DWORD_PTR own = 0;
  DWORD_PTR system = 0;
  if (!GetProcessAffinityMask(GetCurrentProcess(), &own, &system)) return {};
  return CpusOf(own);
}

// Threads have a node of their own there, whose memory they get by themselves.
bool MayPreferNodes() { return false; }

MemoryOnNode::MemoryOnNode(int) {}

MemoryOnNode::~MemoryOnNode() = default;

bool BindThisThread(const std::vector<int>& cpus) {
  uint64_t mask = 0;
  for (const int cpu : cpus) {
    if (cpu < kMostCpus) mask |= uint64_t{1} << cpu;
  }
  return mask != 0 && SetThreadAffinityMask(GetCurrentThread(), static_cast<DWORD_PTR>(mask)) != 0;
}

}  // namespace haypile
