#include "windows/lock.h"

#include "windows/api.h"

namespace haypile::windows {
namespace {

// RESERVED_BYTE of SQLite's file format: taken by a transaction that may write.
constexpr DWORD kFirst = 0x40000001;
constexpr DWORD kSize = 1;

}  // namespace

Locked IsLocked(const std::string& path) {
  const Handle file(CreateFileW(WidePath(path).c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                nullptr, OPEN_EXISTING, 0, nullptr));
  if (!file) {
    const DWORD reason = GetLastError();
    if (reason == ERROR_SHARING_VIOLATION) return Locked::kYes;
    return reason == ERROR_FILE_NOT_FOUND || reason == ERROR_PATH_NOT_FOUND ? Locked::kNo : Locked::kUnknown;
  }
  OVERLAPPED range{};
  range.Offset = kFirst;
  if (LockFileEx(file.get(), LOCKFILE_FAIL_IMMEDIATELY, 0, kSize, 0, &range)) {
    UnlockFileEx(file.get(), 0, kSize, 0, &range);
    return Locked::kNo;
  }
  const DWORD reason = GetLastError();
  return reason == ERROR_LOCK_VIOLATION || reason == ERROR_IO_PENDING ? Locked::kYes : Locked::kUnknown;
}

}  // namespace haypile::windows
