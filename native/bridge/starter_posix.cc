#include "bridge/starter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace haypile::bridge {
namespace {

// The daemon's end of `life_`, and the first descriptor that a child may not keep.
constexpr int kLifeFile = 3;
// Where the system does not list a process's files.
constexpr int kMostFiles = 65536;
// What a daemon has open with a few clients and indexes: below it would fail later, for everybody. The same as in
// src/wire/process-facts.ts.
constexpr rlim_t kLeastFiles = 64;

// What the daemon says before it has a log of its own; -1: nowhere.
int OpenStartLog(const std::string& dataFolder) {
  const std::string folder = dataFolder + "/logs";
  if (mkdir(dataFolder.c_str(), 0700) != 0 && errno != EEXIST) return -1;
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return -1;
  const std::string path = folder + "/daemon.err";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  struct stat found;
  if (file >= 0 && fstat(file, &found) == 0 && found.st_size > (1 << 20) && ftruncate(file, 0) != 0) {
    // It stays long, then.
  }
  return file;
}

// Empty: fine. The daemon gets as many files as this process may have at most.
std::string CheckFileLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max >= kLeastFiles) return "";
  return "Expected a limit of open files (ulimit -n) of at least " + std::to_string(kLeastFiles) +
         " to start the daemon, but it is " + std::to_string(limit.rlim_max) +
         ". Raise it where this server is started, or run: haypile start.";
}

void RaiseFileLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  // As it is will do, then.
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return;
}

// What follows runs in a child that is to become the daemon.

[[noreturn]] void Fail(int life, const std::string& what) {
  const std::string line = "E" + what + ": " + strerror(errno) + ".\n";
  if (write(life, line.data(), line.size()) < 0) _exit(126);
  _exit(127);
}

// The same file under a number that is not to be taken by another.
int MoveUp(int file) { return file > kLifeFile ? file : fcntl(file, F_DUPFD, kLifeFile + 1); }

void CloseFrom(int first) {
  std::vector<int> files;
#ifdef __linux__
  DIR* folder = opendir("/proc/self/fd");
#else
  DIR* folder = opendir("/dev/fd");
#endif
  if (folder != nullptr) {
    while (const dirent* entry = readdir(folder)) files.push_back(atoi(entry->d_name));
    closedir(folder);
  } else {
    for (int file = first; file < kMostFiles; ++file) files.push_back(file);
  }
  for (const int file : files) {
    if (file >= first) close(file);
  }
}

[[noreturn]] void BecomeDaemon(int life, int log, const StartCommand& command) {
  life = MoveUp(life);
  if (life < 0) _exit(127);
  const int nothing = MoveUp(open("/dev/null", O_RDWR));
  if (nothing < 0) Fail(life, "Could not open /dev/null for the daemon");
  const int words = log >= 0 ? MoveUp(log) : nothing;
  if (words < 0) Fail(life, "Could not hand its log to the daemon");
  // None of the bridge's own may be left: what is in the daemon stays open as long as that runs.
  if (dup2(nothing, 0) < 0 || dup2(words, 1) < 0 || dup2(words, 2) < 0) {
    Fail(life, "Could not take the bridge's streams from the daemon");
  }
  if (dup2(life, kLifeFile) < 0) Fail(life, "Could not keep a pipe for the daemon");
  CloseFrom(kLifeFile + 1);
  RaiseFileLimit();
  if (chdir("/") != 0) Fail(kLifeFile, "Could not enter /");
  std::string node = command.node;
  std::string script = command.script;
  char* const arguments[] = {node.data(), script.data(), const_cast<char*>("daemon"), nullptr};
  execvp(arguments[0], arguments);
  Fail(kLifeFile, "Could not run " + command.node);
}

}  // namespace

struct Starter::System {
  int lock = -1;
  // Says who was started or why nobody was, and ends when the daemon does.
  int life = -1;
  std::string said;
};

Starter::Starter(const Endpoint& endpoint, StartCommand command)
    : endpoint_(endpoint), command_(std::move(command)), system_(new System()) {}

Starter::~Starter() { Done(); }

void Starter::LetGo() {
  if (system_->lock >= 0) close(system_->lock);
  if (system_->life >= 0) close(system_->life);
  system_->lock = -1;
  system_->life = -1;
}

Starter::Lock Starter::TakeLock() {
  if (system_->lock >= 0) return Lock::kOurs;
  const int file = open(endpoint_.startLock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) {
    error_ = "Could not open " + endpoint_.startLock + ": " + strerror(errno) + ".";
    return Lock::kFailed;
  }
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    close(file);
    if (reason == EWOULDBLOCK || reason == EINTR) return Lock::kAnothers;
    error_ = "Could not lock " + endpoint_.startLock + ": " + strerror(reason) + ".";
    return Lock::kFailed;
  }
  system_->lock = file;
  return Lock::kOurs;
}

bool Starter::MayBeGone() {
  int& life = system_->life;
  std::string& said = system_->said;
  while (life >= 0) {
    pollfd wait{life, POLLIN, 0};
    if (poll(&wait, 1, 0) <= 0) return false;
    char bytes[1024];
    const ssize_t count = read(life, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count > 0 && said.size() < sizeof bytes) said.append(bytes, static_cast<size_t>(count));
    if (count <= 0) {
      close(life);
      life = -1;
    }
  }
  for (size_t from = 0; from < said.size();) {
    const size_t to = std::min(said.find('\n', from), said.size());
    if (said[from] == 'E') error_ = said.substr(from + 1, to - from - 1);
    if (said[from] == 'P') started_.pid = static_cast<pid_t>(atoi(said.c_str() + from + 1));
    from = to + 1;
  }
  return true;
}

bool Starter::Spawn() {
  error_ = CheckFileLimit();
  if (!error_.empty()) return false;
  int ends[2];
  if (pipe(ends) != 0) {
    error_ = std::string("Could not make a pipe: ") + strerror(errno) + ".";
    return false;
  }
  if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0) {
    error_ = std::string("Could not keep a pipe: ") + strerror(errno) + ".";
    close(ends[0]);
    close(ends[1]);
    return false;
  }
  const int log = OpenStartLog(endpoint_.dataFolder);
  setenv("HAYPILE_DATA_DIR", endpoint_.dataFolder.c_str(), 1);
  const pid_t first = fork();
  if (first == 0) {
    // Twice, so that nobody who ends a host with all its children finds the daemon among them.
    setsid();
    const pid_t second = fork();
    if (second < 0) Fail(ends[1], "Could not start a process");
    if (second == 0) BecomeDaemon(ends[1], log, command_);
    const std::string line = "P" + std::to_string(second) + "\n";
    _exit(write(ends[1], line.data(), line.size()) < 0 ? 1 : 0);
  }
  close(ends[1]);
  if (log >= 0) close(log);
  if (first < 0) {
    close(ends[0]);
    error_ = std::string("Could not start a process: ") + strerror(errno) + ".";
    return false;
  }
  while (waitpid(first, nullptr, 0) < 0 && errno == EINTR) {
  }
  system_->life = ends[0];
  system_->said.clear();
  started_ = Owner();
  running_ = true;
  MayBeGone();
  started_.startTime = StateOf(started_.pid).startTime;
  return error_.empty();
}

}  // namespace haypile::bridge
