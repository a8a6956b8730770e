#include "raw_file.h"

#include <utility>

namespace haypile {

RawFile::RawFile(RawFile&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

RawFile& RawFile::operator=(RawFile&& other) noexcept {
  if (this != &other) {
    Close();
    file_ = std::exchange(other.file_, -1);
  }
  return *this;
}

}  // namespace haypile
