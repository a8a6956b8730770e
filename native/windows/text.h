// The forms that Windows gives text: UTF-16, command lines, paths with drives and shares. Plain C++, so that its
// tests run everywhere.
#pragma once
#include <string>
#include <vector>

#include "core/utf8.h"

namespace haypile::windows {

// `Wide` is std::wstring where a wchar_t has 16 bits, else std::u16string. Bytes that are no UTF-8 become U+FFFD.
template <typename Wide>
Wide ToUtf16(const std::string& text) {
  Wide wide;
  wide.reserve(text.size());
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    char32_t value = ReadUtf8(at, end);
    if (value >= 0x10000) {
      value -= 0x10000;
      wide += static_cast<typename Wide::value_type>(0xd800 + (value >> 10));
      value = 0xdc00 + (value & 0x3ff);
    }
    wide += static_cast<typename Wide::value_type>(value);
  }
  return wide;
}

// Half of a pair becomes U+FFFD.
template <typename Wide>
std::string FromUtf16(const Wide& wide) {
  std::string text;
  text.reserve(wide.size());
  for (size_t at = 0; at < wide.size(); ++at) {
    char32_t value = static_cast<char16_t>(wide[at]);
    if (value >= 0xd800 && value < 0xdc00 && at + 1 < wide.size()) {
      const char32_t low = static_cast<char16_t>(wide[at + 1]);
      if (low >= 0xdc00 && low < 0xe000) {
        value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
        ++at;
      }
    }
    if (value >= 0xd800 && value < 0xe000) value = 0xfffd;
    char bytes[4];
    text.append(bytes, WriteUtf8(value, bytes));
  }
  return text;
}

// A command line that CommandLineToArgvW and the C library take apart into these words again. The first is the
// program's path: it holds no quote.
std::string CommandLine(const std::vector<std::string>& words);

// Begins with a drive and a slash, with a share, or with a device (\\?\, \\.\).
bool IsAbsolutePath(const std::string& path);

// An absolute path without "." and "..", as path.win32.resolve() of Node gives it. `base` is absolute.
std::string ResolvePath(const std::string& path, const std::string& base);

// The same path in the form that takes more than 260 characters, where it is so long that it needs to be.
std::string LongPath(const std::string& absolute);

// The name of a pipe of this machine.
bool IsPipeName(const std::string& name);

}  // namespace haypile::windows
