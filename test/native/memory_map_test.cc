// The parts of a process's memory, from listings laid out as Linux writes them.
#include "memory_map.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "check.h"

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kB = 1024;

std::string Entry(const std::string& range, const std::string& rights, const std::string& name,
                  int residentKb) {
  return range + " " + rights + " 00000000 fe:00 12" + (name.empty() ? "" : "   " + name) + "\n" +
         "Size:                 99 kB\nRss:     " + std::to_string(residentKb) +
         " kB\nPss:                  1 kB\nAnonymous:    0 kB\nVmFlags: rd wr mr\n";
}

haypile::MemoryMap Read(const std::string& listing) {
  const fs::path root = fs::temp_directory_path() / "haypile-memory-map-test";
  fs::create_directories(root / "proc/self");
  std::ofstream(root / "proc/self/smaps") << listing;
  const haypile::MemoryMap map = haypile::ReadMemoryMap(
      root.string(), [](uintptr_t address) { return address == 0x3dc4a000000; });
  fs::remove_all(root);
  return map;
}

void EachKindGoesToItsOwner() {
  const haypile::MemoryMap map = Read(
      Entry("00400000-00500000", "r-xp", "/usr/bin/node", 100) +
      Entry("00500000-00540000", "rw-p", "/usr/bin/node", 10) +
      Entry("00540000-00580000", "rw-p", "", 5) +  // its zeroed data
      Entry("01580000-01590000", "rw-p", "[heap]", 40) +
      Entry("183cd96d000-183cdf40000", "rwxp", "", 7) +
      Entry("3ca4f8000000-3ca4f8040000", "rw-p", "", 256) +  // a page of V8 at an arena's bound
      Entry("3dc4a000000-3dc4a200000", "rw-p", "", 600) +
      Entry("7f80bf7ff000-7f80bf800000", "---p", "", 0) +
      Entry("7f80bf800000-7f80c0000000", "rw-p", "", 12) +  // a thread's stack
      Entry("7f80c0000000-7f80c02e0000", "rw-p", "", 828) +
      Entry("7f80c02e0000-7f80c4000000", "---p", "", 0) +  // what the arena may grow into
      Entry("7f80c4100000-7f80c4200000", "rw-p", "", 33) +
      Entry("7f80c5000000-7f80c5100000", "r--s", "/cache/model data.bin (deleted)", 64) +
      Entry("7ffc00000000-7ffc00021000", "rw-p", "[stack]", 21) +
      Entry("7ffc00030000-7ffc00032000", "r-xp", "[vdso]", 2));
  CHECK(map.files.size() == 2);
  CHECK(map.files.at("/usr/bin/node") == 115 * kB);
  CHECK(map.files.at("/cache/model data.bin") == 64 * kB);
  CHECK(map.mallocBytes == (40 + 828) * kB);
  CHECK(map.codeBytes == 7 * kB);
  CHECK(map.heapBytes == 256 * kB);
  CHECK(map.runtimeBytes == 600 * kB);
  CHECK(map.stackBytes == (12 + 21) * kB);
  CHECK(map.otherBytes == 33 * kB);
  CHECK(map.systemBytes == 2 * kB);
  CHECK(map.totalBytes == (100 + 10 + 5 + 40 + 7 + 256 + 600 + 12 + 828 + 33 + 64 + 21 + 2) * kB);
}

void BadListingsAreNothing() {
  CHECK(Read("").totalBytes == 0);
  CHECK(Read("not a mapping\nRss: 12 kB\n").totalBytes == 0);
  CHECK(Read("12-\nRss: 12 kB\n12-34 rw\nRss: 5 kB\n").totalBytes == 0);
  CHECK(haypile::ReadMemoryMap("/nowhere", [](uintptr_t) { return false; }).totalBytes == 0);
}

void OwnProcessAddsUp() {
#if defined(__linux__)
  const haypile::MemoryMap map =
      haypile::ReadMemoryMap("", [](uintptr_t) { return false; });
  const uint64_t files = std::accumulate(
      map.files.begin(), map.files.end(), uint64_t{0},
      [](uint64_t sum, const auto& file) { return sum + file.second; });
  CHECK(map.totalBytes > 0);
  CHECK(files > 0);
  CHECK(map.totalBytes == files + map.mallocBytes + map.heapBytes + map.codeBytes +
                              map.stackBytes + map.runtimeBytes + map.otherBytes +
                              map.systemBytes);
#endif
}

}  // namespace

int main() {
  EachKindGoesToItsOwner();
  BadListingsAreNothing();
  OwnProcessAddsUp();
  return haypile::check::Report();
}
