#include "bridge/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include <utility>

namespace haypile::bridge {
namespace {

constexpr int kMostStarts = 3;
// The daemon's end of `life_`, and the first descriptor that a child may not keep.
constexpr int kLifeFile = 3;
constexpr int kMostFiles = 1024;

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

// What the daemon says before it has a log of its own.
int OpenStartLog(const std::string& dataFolder) {
  const std::string folder = dataFolder + "/logs";
  if (mkdir(dataFolder.c_str(), 0700) != 0 && errno != EEXIST) return -1;
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return -1;
  const std::string path = folder + "/daemon.err";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  struct stat found;
  if (file >= 0 && fstat(file, &found) == 0 && found.st_size > (1 << 20) && ftruncate(file, 0) != 0) {
    // It stays long, then.
  }
  return file;
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
}

bool Starter::Try() {
  if (lock_ < 0) {
    lock_ = open(endpoint_.startLock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) {
      error_ = "Could not open " + endpoint_.startLock + ": " + strerror(errno) + ".";
      return false;
    }
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      close(lock_);
      lock_ = -1;
      return true;  // another process starts it
    }
  }
  if (life_ >= 0 && !Gone()) return true;
  if (starts_ == kMostStarts) {
    error_ = "The daemon ended while it was starting. See " + endpoint_.dataFolder + "/logs.";
    return false;
  }
  ++starts_;
  return Spawn();
}

bool Starter::Gone() {
  pollfd wait{life_, POLLIN, 0};
  if (poll(&wait, 1, 0) <= 0) return false;
  close(life_);
  life_ = -1;
  return true;
}

bool Starter::Spawn() {
  if (command_.script.empty()) {
    error_ = "The package haypile was not found beside this program. Name bin/haypile.cjs with --script.";
    return false;
  }
  int ends[2];
  if (pipe(ends) != 0) {
    error_ = std::string("Could not make a pipe: ") + strerror(errno) + ".";
    return false;
  }
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  const int log = OpenStartLog(endpoint_.dataFolder);
  setenv("HAYPILE_DATA_DIR", endpoint_.dataFolder.c_str(), 1);
  const pid_t first = fork();
  if (first == 0) {
    // Twice, so that nobody who ends a host with all its children finds the daemon among them.
    setsid();
    if (fork() != 0) _exit(0);
    const int nothing = open("/dev/null", O_RDWR);
    // The life file is moved first, out of the way of what is put on 0 to 3.
    const int life = fcntl(ends[1], F_DUPFD, 64);
    const int words = fcntl(log >= 0 ? log : nothing, F_DUPFD, 64);
    dup2(nothing, 0);
    dup2(words, 1);
    dup2(words, 2);
    dup2(life, kLifeFile);
    for (int file = kLifeFile + 1; file < kMostFiles; ++file) close(file);
    if (chdir("/") != 0) _exit(126);
    char* const words_[] = {command_.node.data(), command_.script.data(),
                            const_cast<char*>("daemon"), nullptr};
    execvp(words_[0], words_);
    const std::string failure =
        "haypile-bridge: could not run " + command_.node + ": " + strerror(errno) + "\n";
    if (write(2, failure.data(), failure.size()) < 0) _exit(125);
    _exit(127);
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
  return true;
}

}  // namespace haypile::bridge
