#include "windows/api.h"

namespace haypile::windows {
namespace {

constexpr int kTries = 20;
constexpr DWORD kWaitMs = 50;

}  // namespace

std::string Message(DWORD error) {
  wchar_t text[512];
  DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, error, 0,
                                text, 512, nullptr);
  while (length > 0 && (text[length - 1] <= L' ' || text[length - 1] == L'.')) --length;
  const std::string number = "error " + std::to_string(error);
  return length == 0 ? number : Narrow(std::wstring(text, length)) + " (" + number + ")";
}

std::string Variable(const wchar_t* name) {
  std::wstring value(256, L'\0');
  for (;;) {
    const DWORD length = GetEnvironmentVariableW(name, value.data(), static_cast<DWORD>(value.size()));
    if (length == 0) return "";
    const bool fits = length < value.size();
    value.resize(length);
    if (fits) return Narrow(value);
  }
}

std::string WorkingFolder() {
  std::wstring folder(MAX_PATH, L'\0');
  for (;;) {
    const DWORD length = GetCurrentDirectoryW(static_cast<DWORD>(folder.size()), folder.data());
    if (length == 0) return "C:\\";
    const bool fits = length < folder.size();
    folder.resize(length);
    if (fits) return Narrow(folder);
  }
}

int64_t NowMs() {
  LARGE_INTEGER count;
  LARGE_INTEGER frequency;
  QueryPerformanceCounter(&count);
  QueryPerformanceFrequency(&frequency);
  const int64_t second = frequency.QuadPart;
  return count.QuadPart / second * 1000 + count.QuadPart % second * 1000 / second;
}

HANDLE OpenPatiently(const std::wstring& path, DWORD access, DWORD share, SECURITY_ATTRIBUTES* rights,
                     DWORD creation, DWORD flags) {
  for (int tried = 1;; ++tried) {
    const HANDLE file = CreateFileW(path.c_str(), access, share, rights, creation, flags, nullptr);
    if (file != INVALID_HANDLE_VALUE || GetLastError() != ERROR_SHARING_VIOLATION || tried == kTries) return file;
    Sleep(kWaitMs);
  }
}

}  // namespace haypile::windows
