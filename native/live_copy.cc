#include "live_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "core/xxh64.h"

namespace haypile {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "live-";
// Loading takes less by far.
constexpr std::chrono::hours kAbandonedAfter(1);
constexpr size_t kBufferBytes = 256 * 1024;
// What is written at once may lie in one large page, all of which counts as our memory when a part of it is
// touched: whole files would (docs/decisions/0060).
constexpr size_t kWriteBytes = 16 * 1024;

struct OpenFile {
  explicit OpenFile(int opened) : number(opened) {}
  ~OpenFile() {
    if (number >= 0) close(number);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int number;
};

bool WriteAll(int file, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(file, data, std::min(size, kWriteBytes));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

// The sum of a file, and with `to` a copy of it.
std::optional<FileSum> Read(const fs::path& path, int to, size_t skip) {
  const OpenFile from(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat facts {};
  if (from.number < 0 || fstat(from.number, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return std::nullopt;
  }
  std::vector<char> buffer(kBufferBytes);
  Xxh64 hash;
  FileSum sum;
  for (;;) {
    const ssize_t got = read(from.number, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    const auto size = static_cast<size_t>(got);
    const size_t left = skip < size ? skip : size;
    hash.Add(buffer.data() + left, size - left);
    skip -= left;
    sum.bytes += size;
    if (to >= 0 && !WriteAll(to, buffer.data(), size)) return std::nullopt;
  }
  sum.hash = hash.Digest();
  return sum;
}

}  // namespace

std::optional<FileSum> SumOf(const fs::path& path, size_t skip) { return Read(path, -1, skip); }

LiveCopy::LiveCopy(const fs::path& parent) {
  if (parent.empty()) return;
  std::string name = (parent / (std::string(kPrefix) + std::to_string(getpid()) + "-XXXXXX")).string();
  // Of mode 0700, under a name that nobody can foretell.
  if (mkdtemp(name.data()) != nullptr) folder_ = name;
}

LiveCopy::~LiveCopy() {
  std::error_code ignored;
  if (made()) fs::remove_all(folder_, ignored);
}

std::optional<FileSum> LiveCopy::Add(const fs::path& from, const std::string& name, size_t skip) {
  if (!made()) return std::nullopt;
  const fs::path target = folder_ / name;
  const OpenFile to(open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (to.number < 0) return std::nullopt;
  return Read(from, to.number, skip);
}

void LiveCopy::DropAbandoned(const fs::path& parent) {
  std::error_code ignored;
  const auto now = fs::file_time_type::clock::now();
  for (const fs::directory_entry& found : fs::directory_iterator(parent, ignored)) {
    const std::string name = found.path().filename().string();
    if (name.rfind(kPrefix, 0) != 0 || !found.is_directory(ignored)) continue;
    if (now - fs::last_write_time(found.path(), ignored) > kAbandonedAfter) {
      fs::remove_all(found.path(), ignored);
    }
  }
}

}  // namespace haypile
