// A file mapped read-only: the system reads what is touched, and takes it back when it needs memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace haypile {

class MappedFile {
 public:
  // Throws Error: model.missing when the file cannot be opened, io when it cannot be mapped.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace haypile
