// Paths as texts: UTF-8 on every system, whatever the code page of Windows.
#pragma once
#include <filesystem>
#include <string>
#ifdef _WIN32
#include "windows/text.h"
#endif

namespace haypile {

inline std::filesystem::path FilePath(const std::string& text) {
#ifdef _WIN32
  return std::filesystem::u8path(windows::LongPath(text));
#else
  return std::filesystem::path(text);
#endif
}

inline std::string PathText(const std::filesystem::path& path) { return path.u8string(); }

}  // namespace haypile
