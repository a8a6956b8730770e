// A copy of a file, mapped read-only: the system reads what is touched, and takes it back when it needs
// memory. The copy has no name, so that nobody can cut it short (live_copy.h).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "live_copy.h"
#include "raw_file.h"

namespace haypile {

class MappedFile {
 public:
  // The copy lies in `scratch`; where none can be made there, the file is read into memory instead.
  // Throws Error: HAYPILE_MODEL_MISSING when the file cannot be opened, HAYPILE_MODEL_DAMAGED when it is
  // empty or cannot be read, HAYPILE_OUT_OF_MEMORY.
  // skip: bytes at the beginning that are left out of sum().
  MappedFile(const std::string& path, const std::string& scratch, size_t skip = 0);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  // XXH64, taken while the copy was made.
  uint64_t sum() const { return sum_; }
  // The copy that is mapped, whose name is gone; "" for what was read into memory.
  const std::string& mappedPath() const { return mappedPath_; }
  // Reads a part of the copy without its pages becoming resident. False: it cannot be read.
  bool ReadAt(size_t begin, void* to, size_t size) const;
  // Takes the pages out of resident memory; they are read back when touched. Any thread.
  void DropPages() const;
  // The same for every mapped file of the process.
  static void DropAllPages();

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  uint64_t sum_ = 0;
  std::string mappedPath_;
  // Where its name stays as long as it is mapped.
  std::unique_ptr<LiveCopy> folder_;
  RawFile copy_;
};

}  // namespace haypile
