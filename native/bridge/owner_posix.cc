#include "bridge/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace haypile::bridge {
namespace {

constexpr off_t kMostNote = 16384;

}  // namespace

bool ReadNote(const std::string& path, std::string* text) {
  const int file = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return false;
  struct stat found;
  bool fine = fstat(file, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == geteuid() &&
              found.st_size <= kMostNote;
  text->clear();
  char bytes[4096];
  while (fine && text->size() < kMostNote) {
    const ssize_t count = read(file, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      fine = count == 0;
      break;
    }
    text->append(bytes, static_cast<size_t>(count));
  }
  close(file);
  return fine;
}

bool IsProcess(pid_t pid) { return kill(pid, 0) == 0; }

}  // namespace haypile::bridge
