#include "file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "private_files.h"

namespace haypile {

FileLock::FileLock(const std::string& path, int timeoutMs) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  file_ = file;
  if (file < 0) return;
  CloseToOthers(path);
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeoutMs);
  while (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= end) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  held_ = true;
}

FileLock::~FileLock() {
  if (file_ >= 0) close(static_cast<int>(file_));  // closing frees the lock
}

}  // namespace haypile
