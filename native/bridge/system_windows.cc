#include "bridge/system.h"
#include "windows/api.h"

namespace haypile::bridge {

int64_t NowMs() { return windows::NowMs(); }

int OwnPid() { return static_cast<int>(GetCurrentProcessId()); }

std::string Variable(const char* name) { return windows::Variable(windows::Wide(name).c_str()); }

std::string WorkingFolder() { return windows::WorkingFolder(); }

std::string OwnFolder() {
  std::wstring path(32768, L'\0');
  const DWORD length = GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
  path.resize(length);
  const size_t slash = path.find_last_of(L'\\');
  return slash == std::wstring::npos ? "" : windows::Narrow(path.substr(0, slash));
}

bool IsFile(const std::string& path) {
  const DWORD attributes = GetFileAttributesW(windows::WidePath(path).c_str());
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

std::string PrepareStreams() {
  // A disk that is not there must not open a window that nobody sees.
  SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
  return "";
}

}  // namespace haypile::bridge
