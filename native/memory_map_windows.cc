// Memory of no file has no name. What tells its owner, in this order: it may be executed (code); the runtime's allocator
// knows the address; its reservation has a guard page (a thread's stack) or is a heap of the system's. JavaScript's
// heap cannot be told from other blocks: it is among `otherBytes`.
#include "memory_map.h"

#include <algorithm>
#include <set>
#include <vector>

#include "windows/regions.h"

namespace haypile {
namespace {

constexpr DWORD kExecutable = PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;

std::set<const void*> Heaps() {
  std::vector<HANDLE> heaps(64);
  DWORD count = GetProcessHeaps(static_cast<DWORD>(heaps.size()), heaps.data());
  if (count > heaps.size()) {
    heaps.resize(count);
    count = GetProcessHeaps(count, heaps.data());
  }
  heaps.resize(std::min<size_t>(count, heaps.size()));
  return std::set<const void*>(heaps.begin(), heaps.end());
}

}  // namespace

MemoryMap ReadMemoryMap(const std::string&, const std::function<bool(uintptr_t)>& isRuntimes) {
  MemoryMap map;
  const windows::MappedNames names;
  const std::set<const void*> heaps = Heaps();
  std::set<const void*> stacks;
  windows::EachRegion([&](const MEMORY_BASIC_INFORMATION& region) {
    if ((region.Protect & PAGE_GUARD) != 0) stacks.insert(region.AllocationBase);
  });
  windows::EachRegion([&](const MEMORY_BASIC_INFORMATION& region) {
    const uint64_t bytes = windows::ResidentBytes(region);
    if (bytes == 0) return;
    map.totalBytes += bytes;
    if (region.Type != MEM_PRIVATE) {
      const std::string name = names.Of(region.BaseAddress);
      (name.empty() ? map.systemBytes : map.files[name]) += bytes;
    } else if ((region.Protect & kExecutable) != 0) {
      map.codeBytes += bytes;
    } else if (isRuntimes(reinterpret_cast<uintptr_t>(region.BaseAddress))) {
      map.runtimeBytes += bytes;
    } else if (stacks.count(region.AllocationBase) > 0) {
      map.stackBytes += bytes;
    } else if (heaps.count(region.AllocationBase) > 0) {
      map.mallocBytes += bytes;
    } else {
      map.otherBytes += bytes;
    }
  });
  return map;
}

}  // namespace haypile
