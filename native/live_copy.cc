#include "live_copy.h"

#include <chrono>
#include <vector>

#include "core/xxh64.h"
#include "file_path.h"
#include "private_files.h"
#include "raw_file.h"

namespace haypile {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "live-";
// Loading takes less by far.
constexpr std::chrono::hours kAbandonedAfter(1);
constexpr size_t kBufferBytes = 256 * 1024;

// The sum of a file, and with `to` a copy of it.
std::optional<FileSum> Read(const fs::path& path, RawFile* to, size_t skip) {
  RawFile from = RawFile::OpenToRead(path);
  if (!from.isRegular()) return std::nullopt;
  std::vector<char> buffer(kBufferBytes);
  Xxh64 hash;
  FileSum sum;
  for (;;) {
    const long got = from.Read(buffer.data(), buffer.size());
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    const auto size = static_cast<size_t>(got);
    const size_t left = skip < size ? skip : size;
    hash.Add(buffer.data() + left, size - left);
    skip -= left;
    sum.bytes += size;
    if (to != nullptr && !to->WriteAll(buffer.data(), size)) return std::nullopt;
  }
  sum.hash = hash.Digest();
  return sum;
}

}  // namespace

std::optional<FileSum> SumOf(const fs::path& path, size_t skip) { return Read(path, nullptr, skip); }

LiveCopy::LiveCopy(const fs::path& parent) {
  if (parent.empty()) return;
  folder_ = MakeUniqueFolder(parent, kPrefix);
}

LiveCopy::~LiveCopy() {
  std::error_code ignored;
  if (made()) fs::remove_all(folder_, ignored);
}

std::optional<FileSum> LiveCopy::Add(const fs::path& from, const std::string& name, size_t skip) {
  if (!made()) return std::nullopt;
  RawFile to = RawFile::CreateToWrite(folder_ / FilePath(name));
  if (!to.isOpen()) return std::nullopt;
  return Read(from, &to, skip);
}

void LiveCopy::DropAbandoned(const fs::path& parent) {
  std::error_code ignored;
  const auto now = fs::file_time_type::clock::now();
  for (const fs::directory_entry& found : fs::directory_iterator(parent, ignored)) {
    const std::string name = PathText(found.path().filename());
    if (name.rfind(kPrefix, 0) != 0 || !found.is_directory(ignored)) continue;
    if (now - fs::last_write_time(found.path(), ignored) > kAbandonedAfter) {
      fs::remove_all(found.path(), ignored);
    }
  }
}

}  // namespace haypile
