// Anonymous memory has no name. What tells its owner, in this order: it lies behind a file's own pages
// (zeroed data); it may be executed (code); the runtime's allocator knows the address; it lies in the
// lower half of the address space, where V8 asks for the pages of its heap at random places and the
// kernel puts nothing by itself; it is the rest of a thread's stack, behind a guard page; it begins where
// glibc's arenas do. Format: the Linux kernel's "proc" page; glibc: HEAP_MAX_SIZE of malloc/arena.c.
#include "memory_map.h"

#include <cstdlib>
#include <cstring>
#include <fstream>

namespace haypile {
namespace {

constexpr uint64_t kHintedBelow = uint64_t{1} << 46;
constexpr uint64_t kArenaBytes = uint64_t{64} << 20;
constexpr uint64_t kMostGuardBytes = uint64_t{64} << 10;

struct Mapping {
  uint64_t start = 0;
  uint64_t end = 0;
  std::string rights;  // "rw-p"
  std::string name;    // "" for anonymous memory
};

// "7f00-7f08 rw-p 00000000 fe:00 1234    /a/name" and nothing else: other lines begin with a capital.
bool ParseHead(const std::string& line, Mapping& mapping) {
  char* at = nullptr;
  mapping.start = std::strtoull(line.c_str(), &at, 16);
  if (at == line.c_str() || *at != '-') return false;
  const char* second = at + 1;
  mapping.end = std::strtoull(second, &at, 16);
  if (at == second || *at != ' ' || std::strlen(at) < 6) return false;
  mapping.rights.assign(at + 1, 4);
  at += 5;
  for (int field = 0; field < 3; ++field) {  // offset, device, inode
    at += std::strspn(at, " ");
    at += std::strcspn(at, " ");
  }
  at += std::strspn(at, " ");
  mapping.name = at;
  const std::string gone = " (deleted)";
  if (mapping.name.size() > gone.size() &&
      mapping.name.compare(mapping.name.size() - gone.size(), gone.size(), gone) == 0) {
    mapping.name.resize(mapping.name.size() - gone.size());
  }
  return true;
}

bool IsAnonymous(const Mapping& mapping) {
  return mapping.name.empty() || mapping.name.rfind("[anon", 0) == 0;
}

// The counter that a mapping's bytes go to.
class Sorter {
 public:
  Sorter(MemoryMap& map, const std::function<bool(uintptr_t)>& isRuntimes)
      : map_(map), isRuntimes_(isRuntimes) {}

  uint64_t* Next(const Mapping& now) {
    uint64_t* const counter = CounterOf(now);
    lastEnd_ = now.end;
    lastIsGuard_ = now.rights.compare(0, 3, "---") == 0 && now.end - now.start <= kMostGuardBytes;
    return counter;
  }

 private:
  uint64_t* CounterOf(const Mapping& now) {
    const bool touches = now.start == lastEnd_;
    uint64_t* const fileBefore = touches ? lastFile_ : nullptr;
    lastFile_ = nullptr;
    if (!IsAnonymous(now)) {
      if (now.name == "[heap]") return &map_.mallocBytes;
      if (now.name.rfind("[stack", 0) == 0) return &map_.stackBytes;
      if (now.name[0] != '/') return &map_.systemBytes;
      lastFile_ = &map_.files[now.name];
      return lastFile_;
    }
    if (fileBefore != nullptr && now.rights[2] != 'x') return fileBefore;
    if (now.rights[2] == 'x') return &map_.codeBytes;
    if (isRuntimes_(static_cast<uintptr_t>(now.start))) return &map_.runtimeBytes;
    if (now.start < kHintedBelow) return &map_.heapBytes;
    if (touches && lastIsGuard_) return &map_.stackBytes;
    if (now.start % kArenaBytes == 0) return &map_.mallocBytes;
    return &map_.otherBytes;
  }

  MemoryMap& map_;
  const std::function<bool(uintptr_t)>& isRuntimes_;
  uint64_t lastEnd_ = 0;
  bool lastIsGuard_ = false;
  uint64_t* lastFile_ = nullptr;  // of the file just before; values of a map stay where they are
};

}  // namespace

MemoryMap ReadMemoryMap(const std::string& root,
                        const std::function<bool(uintptr_t)>& isRuntimes) {
  MemoryMap map;
  std::ifstream file(root + "/proc/self/smaps");
  Sorter sorter(map, isRuntimes);
  uint64_t* counter = nullptr;
  std::string line;
  Mapping mapping;
  while (std::getline(file, line)) {
    if (line.rfind("Rss:", 0) == 0 && counter != nullptr) {
      const uint64_t bytes = std::strtoull(line.c_str() + 4, nullptr, 10) * 1024;
      *counter += bytes;
      map.totalBytes += bytes;
    } else if (line.empty() || line[0] < 'A' || line[0] > 'Z') {
      if (ParseHead(line, mapping)) counter = sorter.Next(mapping);
    }
  }
  return map;
}

}  // namespace haypile
