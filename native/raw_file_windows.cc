#include <algorithm>

#include "file_path.h"
#include "raw_file.h"
#include "windows/security.h"

namespace haypile {
namespace {

constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
constexpr size_t kMostAtOnce = 1u << 20;

HANDLE Of(std::intptr_t file) { return reinterpret_cast<HANDLE>(file); }

std::intptr_t Open(const std::filesystem::path& path, DWORD access, DWORD share, SECURITY_ATTRIBUTES* rights,
                   DWORD creation, DWORD flags) {
  // INVALID_HANDLE_VALUE is -1.
  return reinterpret_cast<std::intptr_t>(
      windows::OpenPatiently(windows::WidePath(PathText(path)), access, share, rights, creation, flags));
}

}  // namespace

const bool RawFile::namesStay = true;

RawFile RawFile::OpenToRead(const std::filesystem::path& path) {
  return RawFile(Open(path, GENERIC_READ, kShareAll, nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL));
}

RawFile RawFile::OpenOwnCopy(const std::filesystem::path& path) {
  return RawFile(Open(path, GENERIC_READ | DELETE, FILE_SHARE_READ, nullptr, OPEN_EXISTING,
                      FILE_ATTRIBUTE_NORMAL | FILE_FLAG_DELETE_ON_CLOSE));
}

RawFile RawFile::CreateToWrite(const std::filesystem::path& path) {
  windows::PrivateRights rights;
  return RawFile(Open(path, GENERIC_WRITE, 0, rights.get(), CREATE_NEW, FILE_ATTRIBUTE_NORMAL));
}

void RawFile::Close() {
  if (isOpen()) CloseHandle(Of(file_));
  file_ = -1;
}

bool RawFile::isRegular() const { return isOpen() && GetFileType(Of(file_)) == FILE_TYPE_DISK; }

size_t RawFile::Size() const {
  LARGE_INTEGER size;
  return isRegular() && GetFileSizeEx(Of(file_), &size) ? static_cast<size_t>(size.QuadPart) : 0;
}

long RawFile::Read(void* to, size_t room) {
  DWORD count = 0;
  const auto most = static_cast<DWORD>(std::min(room, kMostAtOnce));
  return ReadFile(Of(file_), to, most, &count, nullptr) ? static_cast<long>(count) : -1;
}

bool RawFile::ReadAt(size_t begin, void* to, size_t size) const {
  auto* at = static_cast<uint8_t*>(to);
  while (size > 0) {
    OVERLAPPED place{};
    place.Offset = static_cast<DWORD>(begin);
    place.OffsetHigh = static_cast<DWORD>(static_cast<uint64_t>(begin) >> 32);
    DWORD count = 0;
    const auto most = static_cast<DWORD>(std::min(size, kMostAtOnce));
    if (!ReadFile(Of(file_), at, most, &count, &place) || count == 0) return false;
    at += count;
    begin += count;
    size -= count;
  }
  return true;
}

bool RawFile::WriteAll(const char* data, size_t size) {
  while (size > 0) {
    DWORD count = 0;
    const auto most = static_cast<DWORD>(std::min(size, kMostAtOnce));
    if (!WriteFile(Of(file_), data, most, &count, nullptr) || count == 0) return false;
    data += count;
    size -= count;
  }
  return true;
}

uint8_t* RawFile::Map(size_t size) const {
  if (size == 0) return nullptr;
  const windows::Handle mapping(CreateFileMappingW(Of(file_), nullptr, PAGE_READONLY, 0, 0, nullptr));
  if (!mapping) return nullptr;
  return static_cast<uint8_t*>(MapViewOfFile(mapping.get(), FILE_MAP_READ, 0, 0, size));
}

void RawFile::Unmap(uint8_t* data, size_t) { UnmapViewOfFile(data); }

// Of pages that were never locked it says so, and takes them out of the working set.
void RawFile::DropPages(uint8_t* data, size_t size) { VirtualUnlock(data, size); }

std::string LastFileProblem() { return windows::LastMessage(); }

}  // namespace haypile
