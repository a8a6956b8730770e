// What Windows says of a process.
#pragma once
#include "windows/api.h"

namespace haypile::windows {

struct ProcessFacts {
  // No such process, or one that may not be looked at.
  bool isKnown = false;
  bool isEnded = false;
  // FILETIME as a number: a process number alone may be another's later.
  int64_t startTime = 0;
  // Of all threads, user and kernel, in 100 ns.
  int64_t cpu = 0;
};

ProcessFacts FactsOf(DWORD pid);
ProcessFacts FactsOf(HANDLE process);

// The process that started this one, for waiting; none when it is gone or may not be waited for.
Handle OpenParent(DWORD pid);
// 0 where that cannot be told.
DWORD ParentOf(DWORD pid);

}  // namespace haypile::windows
