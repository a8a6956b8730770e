// Windows as the rest of the core wants it: UTF-8 outside, UTF-16 inside, handles that close.
#pragma once
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <cstdint>
#include <string>
#include <utility>

#include "windows/text.h"

namespace haypile::windows {

inline std::wstring Wide(const std::string& text) { return ToUtf16<std::wstring>(text); }
inline std::string Narrow(const std::wstring& wide) { return FromUtf16(wide); }

// A path as functions of the system take it, also when it is long.
inline std::wstring WidePath(const std::string& path) { return Wide(LongPath(path)); }

// Invalid and null are both none.
class Handle {
 public:
  Handle() = default;
  explicit Handle(HANDLE handle) : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
  ~Handle() { Close(); }
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      Close();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  explicit operator bool() const { return handle_ != nullptr; }
  HANDLE get() const { return handle_; }
  HANDLE Release() { return std::exchange(handle_, nullptr); }
  void Close() {
    if (handle_ != nullptr) CloseHandle(handle_);
    handle_ = nullptr;
  }

 private:
  HANDLE handle_ = nullptr;
};

// What the system calls an error, without a full stop.
std::string Message(DWORD error);
inline std::string LastMessage() { return Message(GetLastError()); }

inline int64_t Number(const FILETIME& time) {
  return static_cast<int64_t>((static_cast<uint64_t>(time.dwHighDateTime) << 32) | time.dwLowDateTime);
}

// A variable of the environment; "" without one.
std::string Variable(const wchar_t* name);
std::string WorkingFolder();
// Milliseconds that only grow.
int64_t NowMs();

// Opens a file again and again, for a second at most, while another program has it for itself: scanners of viruses and
// backups do, for a moment. As CreateFileW otherwise.
HANDLE OpenPatiently(const std::wstring& path, DWORD access, DWORD share, SECURITY_ATTRIBUTES* rights,
                     DWORD creation, DWORD flags);

}  // namespace haypile::windows
