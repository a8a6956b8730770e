#include "bridge/endpoint.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "bridge/system.h"

namespace haypile::bridge {
namespace {

std::string Home() {
  const std::string home = Variable("HOME");
  // An empty or relative one would put data below whatever folder we are started in.
  if (!home.empty() && home[0] == '/') return home;
  const passwd* entry = getpwuid(getuid());
  return entry == nullptr || entry->pw_dir == nullptr ? "/" : entry->pw_dir;
}

}  // namespace

std::string DataFolder() {
  const std::string said = Variable("HAYPILE_DATA_DIR");
  if (!said.empty()) return ResolvePath(said, WorkingFolder());
#ifdef __APPLE__
  return ResolvePath(Home() + "/Library/Application Support/haypile", "/");
#else
  const std::string xdg = Variable("XDG_DATA_HOME");
  const bool absolute = !xdg.empty() && xdg[0] == '/';
  return ResolvePath((absolute ? xdg : Home() + "/.local/share") + "/haypile", WorkingFolder());
#endif
}

std::string SecureFolder(const std::string& folder) {
  for (size_t at = 1; at != std::string::npos; ++at) {
    at = folder.find('/', at);
    const std::string part = folder.substr(0, at);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      return "Could not make the folder " + part + ": " + strerror(errno) + ".";
    }
    if (at == std::string::npos) break;
  }
  struct stat found;
  if (lstat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) || found.st_uid != geteuid()) {
    return "Expected " + folder + " to be a folder of this user. Remove it, then try again.";
  }
  if ((found.st_mode & 077) != 0 && chmod(folder.c_str(), 0700) != 0) {
    return "Others can enter " + folder + ", and that could not be changed.";
  }
  return "";
}

std::string ResolvePath(const std::string& path, const std::string& base) {
  const std::string whole = !path.empty() && path[0] == '/' ? path : base + "/" + path;
  std::vector<std::string> parts;
  for (size_t from = 0; from < whole.size();) {
    size_t to = whole.find('/', from);
    if (to == std::string::npos) to = whole.size();
    const std::string part = whole.substr(from, to - from);
    from = to + 1;
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  std::string result;
  for (const std::string& part : parts) result += "/" + part;
  return result.empty() ? "/" : result;
}

bool IsAbsolutePath(const std::string& path) { return !path.empty() && path[0] == '/'; }

bool IsAddress(const std::string& text) { return IsAbsolutePath(text) && text.find('\0') == std::string::npos; }

}  // namespace haypile::bridge
