#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "raw_file.h"

namespace haypile {
namespace {

// What is written at once may lie in one large page, all of which counts as our memory when a part of it is
// touched: whole files would (docs/decisions/0060).
constexpr size_t kWriteBytes = 16 * 1024;

int Number(std::intptr_t file) { return static_cast<int>(file); }

}  // namespace

const bool RawFile::namesStay = false;

RawFile RawFile::OpenToRead(const std::filesystem::path& path) {
  return RawFile(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

RawFile RawFile::OpenOwnCopy(const std::filesystem::path& path) { return OpenToRead(path); }

RawFile RawFile::CreateToWrite(const std::filesystem::path& path) {
  return RawFile(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

void RawFile::Close() {
  if (isOpen()) close(Number(file_));
  file_ = -1;
}

bool RawFile::isRegular() const {
  struct stat facts {};
  return isOpen() && fstat(Number(file_), &facts) == 0 && S_ISREG(facts.st_mode);
}

size_t RawFile::Size() const {
  struct stat facts {};
  const bool isFile = isOpen() && fstat(Number(file_), &facts) == 0 && S_ISREG(facts.st_mode);
  return isFile && facts.st_size > 0 ? static_cast<size_t>(facts.st_size) : 0;
}

long RawFile::Read(void* to, size_t room) {
  for (;;) {
    const ssize_t got = read(Number(file_), to, room);
    if (got >= 0 || errno != EINTR) return got;
  }
}

bool RawFile::ReadAt(size_t begin, void* to, size_t size) const {
  auto* at = static_cast<uint8_t*>(to);
  while (size > 0) {
    const ssize_t got = pread(Number(file_), at, size, static_cast<off_t>(begin));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    begin += static_cast<size_t>(got);
    size -= static_cast<size_t>(got);
  }
  return true;
}

bool RawFile::WriteAll(const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(Number(file_), data, std::min(size, kWriteBytes));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

uint8_t* RawFile::Map(size_t size) const {
  void* mapped = size == 0 ? MAP_FAILED : mmap(nullptr, size, PROT_READ, MAP_SHARED, Number(file_), 0);
  return mapped == MAP_FAILED ? nullptr : static_cast<uint8_t*>(mapped);
}

void RawFile::Unmap(uint8_t* data, size_t size) { munmap(data, size); }

void RawFile::DropPages(uint8_t* data, size_t size) { madvise(data, size, MADV_DONTNEED); }

std::string LastFileProblem() { return std::strerror(errno); }

}  // namespace haypile
