#include "bridge/starter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include <algorithm>
#include <utility>
#include <vector>

namespace haypile::bridge {
namespace {

constexpr int kMostStarts = 3;
// The daemon's end of `life_`, and the first descriptor that a child may not keep.
constexpr int kLifeFile = 3;
// Where the system does not list a process's files.
constexpr int kMostFiles = 65536;
// What a daemon has open with a few clients and indexes: below it would fail later, for everybody. The same as in
// src/daemon/place/process-facts.ts.
constexpr rlim_t kLeastFiles = 64;

bool IsFile(const std::string& path) { return access(path.c_str(), R_OK) == 0; }

std::string Variable(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

std::string OwnFolder() {
  char path[PATH_MAX];
#ifdef __APPLE__
  char linked[PATH_MAX];
  uint32_t room = sizeof linked;
  if (_NSGetExecutablePath(linked, &room) != 0 || realpath(linked, path) == nullptr) return "";
  const std::string own = path;
#else
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return "";
  const std::string own(path, static_cast<size_t>(length));
#endif
  return own.substr(0, own.rfind('/'));
}

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

StartCommand FindCommand(const std::string& node, const std::string& script) {
  StartCommand command;
  command.node = node.empty() ? Variable("HAYPILE_NODE") : node;
  if (command.node.empty()) command.node = "node";
  command.script = script.empty() ? Variable("HAYPILE_SCRIPT") : script;
  if (command.script.empty()) {
    // In a clone this is prebuilds/<platform>/, installed it is node_modules/@haypile/<platform>/.
    const std::string folder = OwnFolder();
    for (const char* place : {"/../../haypile/bin/haypile.cjs", "/../../bin/haypile.cjs"}) {
      const std::string path = ResolvePath(folder + place, "/");
      if (IsFile(path)) {
        command.script = path;
        break;
      }
    }
  }
  return command;
}

Starter::Starter(const Endpoint& endpoint, StartCommand command)
    : endpoint_(endpoint), command_(std::move(command)) {}

Starter::~Starter() { Done(); }

void Starter::Done() {
  if (lock_ >= 0) close(lock_);
  if (life_ >= 0) close(life_);
  lock_ = -1;
  life_ = -1;
  starts_ = 0;
  started_ = Owner();
  running_ = false;
  error_.clear();
}

bool Starter::Try() {
  if (lock_ < 0) {
    lock_ = open(endpoint_.startLock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock_ < 0) {
      error_ = "Could not open " + endpoint_.startLock + ": " + strerror(errno) + ".";
      return false;
    }
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      const int reason = errno;
      close(lock_);
      lock_ = -1;
      if (reason == EWOULDBLOCK || reason == EINTR) return true;  // another process starts it
      error_ = "Could not lock " + endpoint_.startLock + ": " + strerror(reason) + ".";
      return false;
    }
  }
  if (running_ && !Gone()) return true;
  if (!error_.empty()) return false;
  if (starts_ == kMostStarts) {
    error_ = "The daemon ended while it was starting. See " + endpoint_.dataFolder + "/logs.";
    return false;
  }
  ++starts_;
  return Spawn();
}

bool Starter::Gone() {
  ReadLife();
  // A process that becomes another program under the same number closes its end, and is there.
  if (life_ >= 0 || IsThere(started_)) return false;
  started_ = Owner();
  running_ = false;
  return true;
}

void Starter::ReadLife() {
  while (life_ >= 0) {
    pollfd wait{life_, POLLIN, 0};
    if (poll(&wait, 1, 0) <= 0) return;
    char bytes[1024];
    const ssize_t count = read(life_, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count > 0 && said_.size() < sizeof bytes) said_.append(bytes, static_cast<size_t>(count));
    if (count <= 0) {
      close(life_);
      life_ = -1;
    }
  }
  for (size_t from = 0; from < said_.size();) {
    const size_t to = std::min(said_.find('\n', from), said_.size());
    if (said_[from] == 'E') error_ = said_.substr(from + 1, to - from - 1);
    if (said_[from] == 'P') started_.pid = static_cast<pid_t>(atoi(said_.c_str() + from + 1));
    from = to + 1;
  }
}

bool Starter::Spawn() {
  if (command_.script.empty()) {
    error_ = "The package haypile was not found beside this program. Name bin/haypile.cjs with --script.";
    return false;
  }
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
  life_ = ends[0];
  said_.clear();
  started_ = Owner();
  running_ = true;
  ReadLife();
  started_.startTime = StateOf(started_.pid).startTime;
  return error_.empty();
}

}  // namespace haypile::bridge
