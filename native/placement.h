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

// CPUs this process may use; empty where threads cannot be bound.
std::vector<int> BindableCpus();

// What cannot be done is left out, and said in the note.
Placement PlanPlacement(const PlacementRequest& request, int workers,
                        const std::vector<NumaNode>& nodes, const std::vector<int>& usable);

// Binds the calling thread. False when the system refuses.
bool BindThisThread(const std::vector<int>& cpus);

}  // namespace haypile
