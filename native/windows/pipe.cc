#include "windows/pipe.h"

#include "windows/security.h"

namespace haypile::windows {
namespace {

constexpr DWORD kWaitMs = 2000;

// Whoever listens may learn who we are, and not act as us.
Handle OpenPipe(const std::string& name, DWORD access) {
  if (!IsPipeName(name)) {
    SetLastError(ERROR_FILE_NOT_FOUND);
    return Handle();
  }
  const std::wstring wide = Wide(name);
  for (int tried = 0;; ++tried) {
    const HANDLE pipe = CreateFileW(wide.c_str(), access, 0, nullptr, OPEN_EXISTING,
                                    SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr);
    if (pipe != INVALID_HANDLE_VALUE || GetLastError() != ERROR_PIPE_BUSY || tried > 0) return Handle(pipe);
    WaitNamedPipeW(wide.c_str(), kWaitMs);
  }
}

}  // namespace

PipeOwner OwnerOfPipe(const std::string& name) {
  const Handle pipe = OpenPipe(name, READ_CONTROL | FILE_READ_ATTRIBUTES);
  if (pipe) return IsOurs(pipe.get()) ? PipeOwner::kOurs : PipeOwner::kAnothers;
  const DWORD reason = GetLastError();
  return reason == ERROR_FILE_NOT_FOUND || reason == ERROR_PATH_NOT_FOUND ? PipeOwner::kNobody : PipeOwner::kAnothers;
}

bool ClosePipeToOthers(const std::string& name) {
  const Handle pipe = OpenPipe(name, READ_CONTROL | WRITE_DAC | FILE_READ_ATTRIBUTES);
  return pipe && IsOurs(pipe.get()) && CloseToOthers(pipe.get(), Kind::kPipe) && !IsOpenToOthers(pipe.get());
}

}  // namespace haypile::windows
