#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "errors.h"

namespace haypile {

MappedFile::MappedFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    throw Error(code::kModelMissing, "The file " + path + " cannot be opened: " + std::strerror(errno) + ".");
  }
  struct stat facts {};
  if (fstat(file, &facts) != 0 || facts.st_size == 0) {
    close(file);
    throw Error(code::kModelDamaged, "The file " + path + " is empty or cannot be read.");
  }
  void* mapped = mmap(nullptr, static_cast<size_t>(facts.st_size), PROT_READ, MAP_SHARED, file, 0);
  const int reason = errno;
  close(file);
  if (mapped == MAP_FAILED) {
    throw Error(code::kModelMissing, "The file " + path + " cannot be mapped: " + std::strerror(reason) + ".");
  }
  data_ = static_cast<const uint8_t*>(mapped);
  size_ = static_cast<size_t>(facts.st_size);
}

MappedFile::~MappedFile() {
  munmap(const_cast<uint8_t*>(data_), size_);
}

}  // namespace haypile
