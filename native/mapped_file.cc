#include "mapped_file.h"

#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "allocator.h"
#include "core/xxh64.h"
#include "errors.h"
#include "file_path.h"
#include "live_copy.h"

namespace haypile {
namespace {

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
bool ReadAll(RawFile& file, uint8_t* to, size_t size) {
  for (size_t done = 0; done < size;) {
    const long got = file.Read(to + done, size - done);
    if (got <= 0) return false;
    done += static_cast<size_t>(got);
  }
  return true;
}

}  // namespace

MappedFile::MappedFile(const std::string& path, const std::string& scratch, size_t skip) {
  RawFile file = RawFile::OpenToRead(FilePath(path));
  if (!file.isOpen()) {
    throw Error(code::kModelMissing, "The file " + path + " cannot be opened: " + LastFileProblem() + ".");
  }
  const std::string name = PathText(FilePath(path).filename());
  auto copy = std::make_unique<LiveCopy>(FilePath(scratch));
  if (const auto summed = copy->Add(FilePath(path), name, skip)) {
    const std::filesystem::path copied = copy->folder() / FilePath(name);
    copy_ = RawFile::OpenOwnCopy(copied);
    size_ = copy_.Size();
    data_ = copy_.Map(size_);
    if (data_ != nullptr) {
      sum_ = summed->hash;
      mappedPath_ = PathText(copied);
      if (RawFile::namesStay) folder_ = std::move(copy);
      Mapped& all = AllMapped();
      const std::lock_guard<std::mutex> lock(all.mutex);
      all.files.insert(this);
      return;
    }
    copy_.Close();
  }
  size_ = file.Size();
  if (size_ == 0) throw Error(code::kModelDamaged, "The file " + path + " is empty or no file.");
  data_ = static_cast<uint8_t*>(TakeCounted(size_));
  if (ReadAll(file, data_, size_)) {
    if (size_ > skip) sum_ = HashBytes(data_ + skip, size_ - skip);
    return;
  }
  GiveCounted(data_);
  throw Error(code::kModelDamaged, "The file " + path + " was cut short while it was read.");
}

bool MappedFile::ReadAt(size_t begin, void* to, size_t size) const {
  return copy_.isOpen() && copy_.ReadAt(begin, to, size);
}

void MappedFile::DropAllPages() {
  Mapped& mapped = AllMapped();
  const std::lock_guard<std::mutex> lock(mapped.mutex);
  for (const MappedFile* file : mapped.files) file->DropPages();
}

void MappedFile::DropPages() const {
  // What is in pages that are of no file would be lost.
  if (!mappedPath_.empty()) RawFile::DropPages(data_, size_);
}

MappedFile::~MappedFile() {
  if (mappedPath_.empty()) {
    GiveCounted(data_);
  } else {
    Mapped& all = AllMapped();
    const std::lock_guard<std::mutex> lock(all.mutex);
    all.files.erase(this);
    RawFile::Unmap(data_, size_);
  }
}

}  // namespace haypile
