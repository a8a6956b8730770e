#include "bridge/owner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

namespace haypile::bridge {
namespace {

constexpr size_t kMostNote = 16384;

// Up to kMostNote bytes; false for what is no file of ours.
bool ReadSmall(const std::string& path, bool own, std::string* text) {
  const int file = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return false;
  struct stat found;
  bool fine = fstat(file, &found) == 0 && S_ISREG(found.st_mode);
  if (own) {
    fine = fine && found.st_uid == geteuid() && found.st_size <= static_cast<off_t>(kMostNote);
  }
  text->clear();
  char bytes[4096];
  while (fine && text->size() < kMostNote) {
    const ssize_t count = read(file, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      fine = count == 0;
      break;
    }
    text->append(bytes, static_cast<size_t>(count));
  }
  close(file);
  return fine;
}

}  // namespace

bool ReadNote(const std::string& path, std::string* text) { return ReadSmall(path, true, text); }

ProcessState StateOf(pid_t pid) {
  ProcessState state;
#ifdef __linux__
  std::string text;
  if (!ReadSmall("/proc/" + std::to_string(pid) + "/stat", false, &text)) return state;
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
#else
  (void)pid;
#endif
  return state;
}

bool IsProcess(pid_t pid) { return kill(pid, 0) == 0; }

bool MayHold(pid_t pid, const std::string& lock) {
#ifdef __linux__
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
#else
  (void)pid;
  (void)lock;
  return true;
#endif
}

}  // namespace haypile::bridge
