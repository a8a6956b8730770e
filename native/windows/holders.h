// Who has a file open.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace haypile::windows {

struct Holder {
  uint32_t pid;
  // FILETIME as a number.
  int64_t startTime;
};

// Nothing where the system does not say.
std::optional<std::vector<Holder>> HoldersOf(const std::string& path);

}  // namespace haypile::windows
