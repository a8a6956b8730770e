#include "file_lock.h"
#include "windows/security.h"

namespace haypile {

// Held by being the only one who has the file open: the system closes it however its holder ends.
FileLock::FileLock(const std::string& path, int timeoutMs) {
  windows::PrivateRights rights;
  const int64_t end = windows::NowMs() + timeoutMs;
  for (;;) {
    const HANDLE file = CreateFileW(windows::WidePath(path).c_str(), GENERIC_READ | GENERIC_WRITE, 0, rights.get(),
                                    OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file != INVALID_HANDLE_VALUE) {
      file_ = reinterpret_cast<std::intptr_t>(file);
      held_ = true;
      return;
    }
    if (GetLastError() != ERROR_SHARING_VIOLATION || windows::NowMs() >= end) return;
    Sleep(10);
  }
}

FileLock::~FileLock() {
  if (file_ != -1) CloseHandle(reinterpret_cast<HANDLE>(file_));
}

}  // namespace haypile
