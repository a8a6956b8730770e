#include "private_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>

namespace haypile {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFolder = 0700;
constexpr mode_t kFile = 0600;
constexpr mode_t kOthers = 077;

std::error_code LastError() { return std::error_code(errno, std::generic_category()); }

}  // namespace

std::error_code MakePrivateFolders(const fs::path& folder) {
  std::error_code failed;
  if (folder.empty() || fs::is_directory(folder, failed)) return {};
  if (const std::error_code above = MakePrivateFolders(folder.parent_path())) return above;
  if (mkdir(folder.c_str(), kFolder) == 0) {
    // A umask only takes away; one that takes from the owner leaves a folder nobody can use.
    chmod(folder.c_str(), kFolder);
    return {};
  }
  const std::error_code reason = LastError();
  // Another process may have been faster.
  return fs::is_directory(folder, failed) ? std::error_code() : reason;
}

fs::path MakeUniqueFolder(const fs::path& parent, const std::string& prefix) {
  std::string name = (parent / (prefix + std::to_string(getpid()) + "-XXXXXX")).string();
  return mkdtemp(name.data()) == nullptr ? fs::path() : fs::path(name);
}

bool WritePrivateFile(const fs::path& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kFile);
  if (file < 0) return false;
  bool done = fchmod(file, kFile) == 0 || errno == EPERM || errno == ENOTSUP;
  for (size_t at = 0; done && at < text.size();) {
    const ssize_t count = write(file, text.data() + at, text.size() - at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) done = false;
    else at += static_cast<size_t>(count);
  }
  return close(file) == 0 && done;
}

void CloseToOthers(const fs::path& path) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0 || facts.st_uid != geteuid()) return;
  const bool folder = S_ISDIR(facts.st_mode);
  if ((!folder && !S_ISREG(facts.st_mode)) || (facts.st_mode & kOthers) == 0) return;
  chmod(path.c_str(), folder ? kFolder : kFile);
}

bool IsReadOnlyDisk(const fs::path& folder) {
  struct statvfs facts {};
  return statvfs(folder.c_str(), &facts) == 0 && (facts.f_flag & ST_RDONLY) != 0;
}

}  // namespace haypile
