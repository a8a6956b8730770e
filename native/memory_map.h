// What the resident memory of this process consists of, mapping by mapping, as Linux's smaps lists it.
// Plain C++.
#pragma once
#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <string>

namespace haypile {

struct MemoryMap {
  uint64_t totalBytes = 0;
  // Bytes by file, its private pages (relocations, zeroed data) among them.
  std::map<std::string, uint64_t> files;
  uint64_t mallocBytes = 0;   // the heap and the arenas of glibc's malloc, blocks in use or not
  uint64_t heapBytes = 0;     // pages of JavaScript's heap
  uint64_t codeBytes = 0;     // machine code made while running: JavaScript and WebAssembly
  uint64_t stackBytes = 0;    // of all threads
  uint64_t runtimeBytes = 0;  // pages of the runtime's allocator
  uint64_t otherBytes = 0;    // anonymous and none of these: large blocks of malloc, for one
  uint64_t systemBytes = 0;   // what the kernel put there
};

// Reads /proc/self/smaps. `isRuntimes`: whether an address is of the runtime's allocator. Everything is
// 0 where there is no such file. `root` stands before /proc, for tests.
MemoryMap ReadMemoryMap(const std::string& root, const std::function<bool(uintptr_t)>& isRuntimes);

}  // namespace haypile
