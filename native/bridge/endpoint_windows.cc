#include "bridge/endpoint.h"
#include "bridge/system.h"
#include "windows/security.h"

namespace haypile::bridge {
namespace {

// Only a place: an empty or relative one would put data below whatever folder we are started in.
std::string Place(const char* name) {
  const std::string said = Variable(name);
  return windows::IsAbsolutePath(said) ? said : "";
}

}  // namespace

std::string DataFolder() {
  const std::string said = Variable("HAYPILE_DATA_DIR");
  if (!said.empty()) return ResolvePath(said, WorkingFolder());
  std::string local = Place("LOCALAPPDATA");
  if (local.empty()) {
    std::string home = Place("USERPROFILE");
    if (home.empty()) home = Place("SystemDrive") + "\\";
    local = ResolvePath("AppData\\Local", home);
  }
  return ResolvePath("haypile\\data", local);
}

std::string SecureFolder(const std::string& folder) {
  windows::PrivateRights rights;
  const size_t root = ResolvePath("\\", folder).size();
  for (size_t at = root; at != std::string::npos; ++at) {
    at = folder.find('\\', at);
    const std::string part = folder.substr(0, at);
    if (!CreateDirectoryW(windows::WidePath(part).c_str(), rights.get())) {
      const DWORD reason = GetLastError();
      const DWORD attributes = GetFileAttributesW(windows::WidePath(part).c_str());
      const bool isThere = attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
      if (!isThere) return "Could not make the folder " + part + ": " + windows::Message(reason) + ".";
    }
    if (at == std::string::npos) break;
  }
  const windows::Handle opened(CreateFileW(windows::WidePath(folder).c_str(), READ_CONTROL | FILE_READ_ATTRIBUTES,
                                           FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                                           FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  BY_HANDLE_FILE_INFORMATION facts;
  if (!opened || !GetFileInformationByHandle(opened.get(), &facts) ||
      (facts.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 || !windows::IsOurs(opened.get())) {
    return "Expected " + folder + " to be a folder of this user. Remove it, then try again.";
  }
  return "";
}

std::string ResolvePath(const std::string& path, const std::string& base) { return windows::ResolvePath(path, base); }

bool IsAbsolutePath(const std::string& path) { return windows::IsAbsolutePath(path); }

bool IsAddress(const std::string& text) { return windows::IsPipeName(text); }

}  // namespace haypile::bridge
