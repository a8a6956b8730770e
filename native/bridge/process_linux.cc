// Processes, as the Linux kernel's "proc" page has them.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "bridge/owner.h"
#include "bridge/parent.h"

namespace haypile::bridge {
namespace {

// Empty: there is no such process.
std::string ReadStat(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  char bytes[4096];
  ssize_t count = 0;
  do {
    count = read(file, bytes, sizeof bytes);
  } while (count < 0 && errno == EINTR);
  close(file);
  return std::string(bytes, count > 0 ? static_cast<size_t>(count) : 0);
}

}  // namespace

ProcessState StateOf(pid_t pid) {
  ProcessState state;
  const std::string text = ReadStat(pid);
  // The name, in brackets, may hold anything.
  const size_t name = text.rfind(')');
  if (name == std::string::npos || name + 2 >= text.size()) return state;
  std::vector<std::string> fields;
  for (size_t from = name + 2; from < text.size();) {
    size_t to = text.find(' ', from);
    if (to == std::string::npos) to = text.size();
    fields.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  if (fields.size() < 20) return state;
  state.known = true;
  state.stopped = fields[0] == "T" || fields[0] == "t";
  state.ended = fields[0] == "Z" || fields[0] == "X";
  state.cpu = strtoll(fields[11].c_str(), nullptr, 10) + strtoll(fields[12].c_str(), nullptr, 10);
  state.startTime = fields[19];
  return state;
}

bool MayHold(pid_t pid, const std::string& lock) {
  struct stat wanted;
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
  DIR* entries = stat(lock.c_str(), &wanted) == 0 ? opendir(folder.c_str()) : nullptr;
  if (entries == nullptr) return true;
  bool holds = false;
  while (const dirent* entry = readdir(entries)) {
    struct stat found;
    const std::string path = folder + "/" + entry->d_name;
    holds = holds || (stat(path.c_str(), &found) == 0 && found.st_dev == wanted.st_dev &&
                      found.st_ino == wanted.st_ino);
  }
  closedir(entries);
  return holds;
}

int OpenParentFile(int parent) {
#ifdef SYS_pidfd_open
  return static_cast<int>(syscall(SYS_pidfd_open, parent, 0));
#else
  (void)parent;
  return -1;
#endif
}

}  // namespace haypile::bridge
