// Which CPUs the workers of a model run on. A worker allocates what it uses on its own thread, so
// memory is first touched, and lies, where the worker was bound before. Plain C++.
#pragma once
#include <string>
#include <vector>

namespace haypile {

struct PlacementRequest {
  bool pin = false;    // one CPU for each worker
  int numaNode = -1;   // the CPUs of this node; -1: any
};

struct Placement {
  std::vector<std::vector<int>> cpus;  // by worker; empty: nothing is bound
  int memoryNode = -1;  // the node whose memory is taken first; -1: nothing is asked of the system
  std::string note;                    // what was done, or why nothing was; "" when nothing was asked
};

struct NumaNode {
  int id = 0;
  std::vector<int> cpus;
};

// Nodes with CPUs, by id; none where the system does not tell. `root` stands before /sys, for tests.
std::vector<NumaNode> ReadNumaNodes(const std::string& root);

// "0-3,8" as numbers; what is no such list is empty.
std::vector<int> ParseCpuList(const std::string& text);

// Whether threads may say whose memory they want; containers often refuse it.
bool MayPreferNodes();

// What a thread has said of it, as the kernel keeps it: numactl may have said something before.
constexpr int kMostNodes = 4096;
constexpr int kNodesPerWord = 8 * sizeof(unsigned long);
struct MemoryPolicy {
  int mode = 0;
  unsigned long nodes[kMostNodes / kNodesPerWord] = {};
};

// While it lives, what this thread is the first to touch lies on a node, where that has room. -1: as it was.
class MemoryOnNode {
 public:
  explicit MemoryOnNode(int node);
  ~MemoryOnNode();
  MemoryOnNode(const MemoryOnNode&) = delete;
  MemoryOnNode& operator=(const MemoryOnNode&) = delete;
  bool isSet() const { return isSet_; }

 private:
  bool isSet_ = false;
  [[maybe_unused]] MemoryPolicy before_;  // of Linux
};

// CPUs this process may use; empty where threads cannot be bound.
std::vector<int> BindableCpus();

// What cannot be done is left out, and said in the note. `canPrefer`: the system lets a thread say whose memory it wants.
Placement PlanPlacement(const PlacementRequest& request, int workers,
                        const std::vector<NumaNode>& nodes, const std::vector<int>& usable,
                        bool canPrefer = MayPreferNodes());

// Binds the calling thread. False when the system refuses.
bool BindThisThread(const std::vector<int>& cpus);

}  // namespace haypile
