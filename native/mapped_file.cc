#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

#include "allocator.h"
#include "core/xxh64.h"
#include "errors.h"
#include "live_copy.h"

namespace haypile {
namespace {

// Closed when it goes.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenFile() {
    if (number_ >= 0) close(number_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int number() const { return number_; }
  // The caller closes it.
  int Release() { return std::exchange(number_, -1); }
  // 0 for what is no regular file, or empty.
  size_t Size() const {
    struct stat facts {};
    const bool isFile = fstat(number_, &facts) == 0 && S_ISREG(facts.st_mode);
    return isFile && facts.st_size > 0 ? static_cast<size_t>(facts.st_size) : 0;
  }

 private:
  int number_;
};

// Those of the process that are mapped. Never destroyed: threads may end after everything else.
struct Mapped {
  std::mutex mutex;
  std::set<const MappedFile*> files;
};

Mapped& AllMapped() {
  static Mapped* const all = new Mapped();
  return *all;
}

// False: the file has not so many bytes, or cannot be read.
bool ReadAll(int file, uint8_t* to, size_t size) {
  for (size_t done = 0; done < size;) {
    const ssize_t got = read(file, to + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<size_t>(got);
  }
  return true;
}

}  // namespace

MappedFile::MappedFile(const std::string& path, const std::string& scratch, size_t skip) {
  const OpenFile file(path);
  if (file.number() < 0) {
    throw Error(code::kModelMissing, "The file " + path + " cannot be opened: " + std::strerror(errno) + ".");
  }
  const std::string name = std::filesystem::path(path).filename().string();
  LiveCopy copy(scratch);
  if (const auto summed = copy.Add(path, name, skip)) {
    OpenFile copied((copy.folder() / name).string());
    size_ = copied.Size();
    void* mapped = size_ == 0 ? MAP_FAILED
                              : mmap(nullptr, size_, PROT_READ, MAP_SHARED, copied.number(), 0);
    if (mapped != MAP_FAILED) {
      data_ = static_cast<uint8_t*>(mapped);
      sum_ = summed->hash;
      copy_ = copied.Release();
      mappedPath_ = (copy.folder() / name).string();
      Mapped& all = AllMapped();
      const std::lock_guard<std::mutex> lock(all.mutex);
      all.files.insert(this);
      return;
    }
  }
  size_ = file.Size();
  if (size_ == 0) throw Error(code::kModelDamaged, "The file " + path + " is empty or no file.");
  data_ = static_cast<uint8_t*>(TakeCounted(size_));
  if (ReadAll(file.number(), data_, size_)) {
    if (size_ > skip) sum_ = HashBytes(data_ + skip, size_ - skip);
    return;
  }
  GiveCounted(data_);
  throw Error(code::kModelDamaged, "The file " + path + " was cut short while it was read.");
}

bool MappedFile::ReadAt(size_t begin, void* to, size_t size) const {
  if (copy_ < 0) return false;
  auto* at = static_cast<uint8_t*>(to);
  while (size > 0) {
    const ssize_t got = pread(copy_, at, size, static_cast<off_t>(begin));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    begin += static_cast<size_t>(got);
    size -= static_cast<size_t>(got);
  }
  return true;
}

void MappedFile::DropAllPages() {
  Mapped& mapped = AllMapped();
  const std::lock_guard<std::mutex> lock(mapped.mutex);
  for (const MappedFile* file : mapped.files) file->DropPages();
}

void MappedFile::DropPages() const {
  // What is in pages that are of no file would be lost.
  if (!mappedPath_.empty()) madvise(data_, size_, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (mappedPath_.empty()) {
    GiveCounted(data_);
  } else {
    Mapped& all = AllMapped();
    const std::lock_guard<std::mutex> lock(all.mutex);
    all.files.erase(this);
    munmap(data_, size_);
    close(copy_);
  }
}

}  // namespace haypile
