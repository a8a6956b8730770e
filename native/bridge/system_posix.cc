#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "bridge/system.h"

namespace haypile::bridge {

int64_t NowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

int OwnPid() { return getpid(); }

std::string Variable(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

std::string WorkingFolder() {
  char* path = getcwd(nullptr, 0);
  const std::string folder = path == nullptr ? "/" : path;
  free(path);
  return folder;
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

bool IsFile(const std::string& path) { return access(path.c_str(), R_OK) == 0; }

std::string PrepareStreams() {
  // Where stdin or stdout is closed, the socket would take its number.
  int file = 0;
  while (file >= 0 && file <= 2) file = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (file < 0) return std::string("could not open /dev/null: ") + strerror(errno);
  close(file);
  return "";
}

}  // namespace haypile::bridge
