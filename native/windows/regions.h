// The address space of this process, piece by piece.
#pragma once
#include <functional>
#include <map>

#include "windows/api.h"

namespace haypile::windows {

// Calls visit() for each piece that memory was promised for, in order.
void EachRegion(const std::function<void(const MEMORY_BASIC_INFORMATION&)>& visit);

// How many bytes of a piece are resident.
uint64_t ResidentBytes(const MEMORY_BASIC_INFORMATION& region);

// Paths of files that are mapped, with a drive's letter where the disk has one.
class MappedNames {
 public:
  MappedNames();
  // "" when it is no file.
  std::string Of(void* address) const;

 private:
  std::map<std::wstring, std::wstring> drives_;
};

}  // namespace haypile::windows
