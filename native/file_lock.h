// An exclusive lock between processes, freed by the system when the holder ends in any way.
#pragma once
#include <cstdint>
#include <string>

namespace haypile {

class FileLock {
 public:
  // Waits up to timeoutMs; held() tells whether it was had.
  FileLock(const std::string& path, int timeoutMs);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  bool held() const { return held_; }

 private:
  // The system's name of the open file; -1: none.
  std::intptr_t file_ = -1;
  bool held_ = false;
};

}  // namespace haypile
