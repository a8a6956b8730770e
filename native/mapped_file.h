// A copy of a file, mapped read-only: the system reads what is touched, and takes it back when it needs
// memory. The copy has no name, so that nobody can cut it short (live_copy.h).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace haypile {

class MappedFile {
 public:
  // The copy lies in `scratch`; where none can be made there, the file is read into memory instead.
  // Throws Error: HAYPILE_MODEL_MISSING when the file cannot be opened, HAYPILE_MODEL_DAMAGED when it is
  // empty or cannot be read, HAYPILE_OUT_OF_MEMORY.
  MappedFile(const std::string& path, const std::string& scratch);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace haypile
