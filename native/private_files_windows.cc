#include <algorithm>

#include "file_path.h"
#include "private_files.h"
#include "windows/security.h"

// After windows.h, which it builds on.
#include <bcrypt.h>

namespace haypile {
namespace {

namespace fs = std::filesystem;

std::error_code LastError() { return std::error_code(static_cast<int>(GetLastError()), std::system_category()); }

std::wstring WidePath(const fs::path& path) { return windows::WidePath(PathText(path)); }

bool IsFolder(const fs::path& path) {
  const DWORD attributes = GetFileAttributesW(WidePath(path).c_str());
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

}  // namespace

std::error_code MakePrivateFolders(const fs::path& folder) {
  if (folder.empty() || IsFolder(folder)) return {};
  if (folder.has_parent_path() && folder.parent_path() != folder) {
    if (const std::error_code above = MakePrivateFolders(folder.parent_path())) return above;
  }
  windows::PrivateRights rights;
  if (CreateDirectoryW(WidePath(folder).c_str(), rights.get())) return {};
  const std::error_code reason = LastError();
  // Another process may have been faster.
  return IsFolder(folder) ? std::error_code() : reason;
}

fs::path MakeUniqueFolder(const fs::path& parent, const std::string& prefix) {
  constexpr char kDigits[] = "0123456789abcdef";
  windows::PrivateRights rights;
  unsigned char chance[8];
  if (BCryptGenRandom(nullptr, chance, sizeof chance, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0) return {};
  std::string name = prefix + std::to_string(GetCurrentProcessId()) + "-";
  for (const unsigned char byte : chance) {
    name += kDigits[byte >> 4];
    name += kDigits[byte & 15];
  }
  const fs::path folder = parent / name;
  return CreateDirectoryW(WidePath(folder).c_str(), rights.get()) ? folder : fs::path();
}

bool WritePrivateFile(const fs::path& path, const std::string& text) {
  windows::PrivateRights rights;
  const windows::Handle file(windows::OpenPatiently(WidePath(path), GENERIC_WRITE | WRITE_DAC, FILE_SHARE_READ | FILE_SHARE_DELETE,
                                                    rights.get(), CREATE_ALWAYS,
                                                    FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT));
  if (!file) return false;
  // One that was there has the rights that it had. A disk without lists keeps none.
  windows::CloseToOthers(file.get(), windows::Kind::kFile);
  for (size_t at = 0; at < text.size();) {
    DWORD count = 0;
    const auto left = static_cast<DWORD>(std::min<size_t>(text.size() - at, 1u << 20));
    if (!WriteFile(file.get(), text.data() + at, left, &count, nullptr) || count == 0) return false;
    at += count;
  }
  return true;
}

void CloseToOthers(const fs::path& path) { windows::ClosePath(PathText(path)); }

bool IsReadOnlyDisk(const fs::path& folder) {
  wchar_t root[MAX_PATH + 1] = L"";
  DWORD flags = 0;
  return GetVolumePathNameW(WidePath(folder).c_str(), root, MAX_PATH) &&
         GetVolumeInformationW(root, nullptr, 0, nullptr, nullptr, &flags, nullptr, 0) &&
         (flags & FILE_READ_ONLY_VOLUME) != 0;
}

}  // namespace haypile
