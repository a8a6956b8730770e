#include "resident_pages.h"

#if defined(__linux__)
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <vector>
#endif

namespace haypile {

#if defined(__linux__)
namespace {

struct Range {
  uintptr_t begin;
  uintptr_t end;
};

// Segments that no one may write: code and constants. Objects with text relocations were written once.
int CollectSegments(struct dl_phdr_info* info, size_t, void* out) {
  auto& ranges = *static_cast<std::vector<Range>*>(out);
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_DYNAMIC) continue;
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(info->dlpi_addr + header.p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_TEXTREL) return 0;
      if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return 0;
    }
  }
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_W) != 0) continue;
    const uintptr_t at = info->dlpi_addr + header.p_vaddr;
    // Whole pages of the segment only: its last page may be shared with the next one.
    const uintptr_t begin = (at + page - 1) / page * page;
    const uintptr_t end = (at + header.p_filesz) / page * page;
    if (begin < end) ranges.push_back({begin, end});
  }
  return 0;
}

}  // namespace

// A second look, at what the system says of each mapping: only clean pages of a file may go. Where a
// program runs from anonymous memory (node --use-largepages) there is nothing to read back from.
uint64_t DropFilePages() {
  std::vector<Range> segments;
  dl_iterate_phdr(CollectSegments, &segments);
  FILE* maps = std::fopen("/proc/self/smaps", "re");
  if (maps == nullptr) return 0;
  uint64_t dropped = 0;
  char line[512];
  Range range{0, 0};
  bool isFile = false;
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long begin = 0;
    unsigned long end = 0;
    unsigned long inode = 0;
    unsigned long kilobytes = 0;
    char rights[8] = {0};
    if (std::sscanf(line, "%lx-%lx %7s %*s %*s %lu", &begin, &end, rights, &inode) == 4) {
      range = {begin, end};
      isFile = inode != 0 && std::strchr(rights, 'w') == nullptr;
    } else if (isFile && std::sscanf(line, "Anonymous: %lu kB", &kilobytes) == 1 && kilobytes == 0) {
      for (const Range& segment : segments) {
        const uintptr_t from = segment.begin > range.begin ? segment.begin : range.begin;
        const uintptr_t to = segment.end < range.end ? segment.end : range.end;
        if (from >= to) continue;
        if (madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED) == 0) {
          dropped += to - from;
        }
      }
    }
  }
  std::fclose(maps);
  return dropped;
}
#else
uint64_t DropFilePages() { return 0; }
#endif

}  // namespace haypile
