#include "resident_pages.h"

#include "windows/regions.h"

namespace haypile {

// Pages of programs and libraries that no one has written to: the system has them in memory still, and gives them back
// at a touch.
uint64_t DropFilePages() {
  uint64_t dropped = 0;
  windows::EachRegion([&](const MEMORY_BASIC_INFORMATION& region) {
    const DWORD rights = region.Protect & 0xff;
    if (region.Type != MEM_IMAGE || (rights != PAGE_READONLY && rights != PAGE_EXECUTE_READ)) return;
    // Of pages that were never locked it says so, and takes them out of the working set.
    VirtualUnlock(region.BaseAddress, region.RegionSize);
    dropped += region.RegionSize;
  });
  return dropped;
}

}  // namespace haypile
