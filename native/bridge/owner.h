// Who says to be the daemon, and whether that process is there: src/wire/owner.ts and process-facts.ts.
#pragma once
#include <stdint.h>
#include <sys/types.h>

#include <cstddef>
#include <string>

namespace haypile::bridge {

struct Owner {
  // 0: nobody.
  pid_t pid = 0;
  // When it began, in the system's own unit; empty where that cannot be told.
  std::string startTime;
  // Absolute paths, or names of pipes; empty while it starts, and where there is none.
  std::string socket;
  std::string control;
};

// Reads the note; a file of another user, a link, or one that is no note is none.
Owner ReadOwner(const std::string& path);

struct ProcessState {
  // The system says nothing of it: it is gone, or another user's.
  bool known = false;
  bool stopped = false;
  bool ended = false;
  std::string startTime;
  // Processor time of all its threads: it only tells whether there was more.
  int64_t cpu = 0;
};

ProcessState StateOf(pid_t pid);

// Somebody has this number.
bool IsProcess(pid_t pid);

// False: it certainly does not hold the lock.
bool MayHold(pid_t pid, const std::string& lock);

// A file of this user's and no link, of a bounded length. False: it is none.
bool ReadNote(const std::string& path, std::string* text);

// True while the process with this number is the one that is meant.
bool IsThere(const Owner& owner);

// True while it is, and has the lock's file open, where that can be told.
bool IsDaemon(const Owner& owner, const std::string& lock);

}  // namespace haypile::bridge
