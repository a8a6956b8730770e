// Where workers run, on machines laid out here, and bound threads on this one.
#include "placement.h"

#include <filesystem>
#include <fstream>
#include <thread>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "check.h"

namespace {

using haypile::NumaNode;
using haypile::Placement;
using haypile::PlanPlacement;
namespace fs = std::filesystem;

void CpuListsAreRead() {
  CHECK((haypile::ParseCpuList("0-3,8,10-11\n") == std::vector<int>{0, 1, 2, 3, 8, 10, 11}));
  for (const char* bad : {"", "a", "3-1", "-1", "0-99999999", "1;2", "0-"}) {
    CHECK(haypile::ParseCpuList(bad).empty());
  }
}

void NodesAreRead() {
#if !defined(_WIN32)
  const fs::path root = fs::temp_directory_path() / "haypile-placement-test";
  const fs::path nodes = root / "sys/devices/system/node";
  for (const char* name : {"node0", "node1", "node2"}) fs::create_directories(nodes / name);
  std::ofstream(nodes / "online") << "0-2\n";
  std::ofstream(nodes / "node0/cpulist") << "0-1\n";
  std::ofstream(nodes / "node1/cpulist") << "2-3\n";
  std::ofstream(nodes / "node2/cpulist") << "\n";  // memory alone
  const std::vector<NumaNode> found = haypile::ReadNumaNodes(root.string());
  CHECK(found.size() == 2);
  CHECK(found.size() == 2 && found[1].id == 1 && (found[1].cpus == std::vector<int>{2, 3}));
  fs::remove_all(root);
  CHECK(haypile::ReadNumaNodes("/nowhere").empty());
#else
  // The system is asked; wine tells of no node.
  for (const NumaNode& node : haypile::ReadNumaNodes("")) CHECK(!node.cpus.empty());
  CHECK(!haypile::BindableCpus().empty() && haypile::BindThisThread(haypile::BindableCpus()));
#endif
}

void PlansSayWhatTheyDo() {
  const std::vector<NumaNode> nodes = {{0, {0, 1}}, {1, {2, 3}}};
  const std::vector<int> usable = {1, 2, 3};
  const auto plan = [&](bool pin, int node, const std::vector<int>& cpus, bool canPrefer = true) {
    return PlanPlacement({pin, node}, 3, nodes, cpus, canPrefer);
  };
  CHECK(plan(false, -1, usable).cpus.empty() && plan(false, -1, usable).note.empty());
  CHECK((plan(true, -1, usable).cpus == std::vector<std::vector<int>>{{1}, {2}, {3}}));
  CHECK((plan(true, 1, usable).cpus == std::vector<std::vector<int>>{{2}, {3}, {2}}));
  CHECK((plan(false, 0, usable).cpus == std::vector<std::vector<int>>{{1}, {1}, {1}}));
  CHECK(plan(true, 1, usable).note ==
        "each worker on one CPU of NUMA node 1 (2, 3); weights and what workers use in the memory of that node");
  CHECK(plan(true, 1, usable).memoryNode == 1 && plan(true, -1, usable).memoryNode == -1);
  CHECK(plan(false, 1, usable, false).memoryNode == -1);
  CHECK(plan(false, 1, usable, false).note ==
        "workers on the CPUs of NUMA node 1 (2, 3); memory where each worker touches it first, since the system takes no wish");
  const Placement one = PlanPlacement({false, 0}, 1, {{0, {0, 1}}}, {0, 1}, true);
  CHECK(one.memoryNode == -1 && one.cpus.size() == 1);
  CHECK(one.note == "workers on the CPUs of NUMA node 0 (0, 1); one node, so that there is no memory to place");
  CHECK(plan(false, 7, usable).note == "not placed: there is no NUMA node 7; there is 0, 1");
  CHECK(plan(false, 0, {2}).note == "not placed: this process may use no CPU of NUMA node 0");
  CHECK(plan(true, -1, {}).note == "not placed: this system does not bind threads to CPUs");
  for (const Placement& none : {plan(false, 7, usable), plan(false, 0, {2}), plan(true, -1, {})}) {
    CHECK(none.cpus.empty());
  }
}

void ThreadsAreBound() {
#if defined(__linux__)
  const std::vector<int> usable = haypile::BindableCpus();
  CHECK(!usable.empty());
  std::thread([&] {
    CHECK(haypile::BindThisThread({usable.back()}));
    CHECK((haypile::BindableCpus() == std::vector<int>{usable.back()}));
    CHECK(!haypile::BindThisThread({}));
  }).join();
  CHECK(haypile::BindableCpus() == usable);  // the thread's own affair
#endif
}

}  // namespace

void MemoryIsWishedForAndNoMore() {
  {
    const haypile::MemoryOnNode none(-1);
    CHECK(!none.isSet());
  }
#if defined(__linux__)
  const haypile::MemoryOnNode absent(4095);
  CHECK(!absent.isSet());
  std::thread([] {
    // A machine whose kernel knows no nodes, or a container, refuses it: then there is no wish to take back.
    // As numactl does it: what was said before is there afterwards.
    unsigned long local = 0;
    syscall(SYS_set_mempolicy, 4, &local, 0);
    const bool may = haypile::MayPreferNodes();
    int before = -1;
    if (syscall(SYS_get_mempolicy, &before, nullptr, 0, nullptr, 0) != 0) return;
    {
      const haypile::MemoryOnNode first(0);
      int within = -1;
      CHECK(syscall(SYS_get_mempolicy, &within, nullptr, 0, nullptr, 0) == 0);
      CHECK(first.isSet() ? may && within == 1 : within == before);
    }
    int after = -1;
    CHECK(syscall(SYS_get_mempolicy, &after, nullptr, 0, nullptr, 0) == 0 && after == before);
  }).join();
#endif
}

int main() {
  CpuListsAreRead();
  NodesAreRead();
  PlansSayWhatTheyDo();
  ThreadsAreBound();
  MemoryIsWishedForAndNoMore();
  return haypile::check::Report();
}
