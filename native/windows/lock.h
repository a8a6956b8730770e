// Locks on files as SQLite takes them on Windows.
#pragma once
#include <string>

namespace haypile::windows {

enum class Locked { kNo, kYes, kUnknown };

// Whether somebody has a transaction on a file that may write ("begin immediate"). Takes a shared lock for a moment.
Locked IsLocked(const std::string& path);

}  // namespace haypile::windows
