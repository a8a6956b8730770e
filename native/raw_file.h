// An open file without a buffer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace haypile {

class RawFile {
 public:
  RawFile() = default;
  ~RawFile() { Close(); }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  RawFile(RawFile&& other) noexcept;
  RawFile& operator=(RawFile&& other) noexcept;

  static RawFile OpenToRead(const std::filesystem::path& path);
  // A copy of our own that nobody else is to write into. Where names of mapped files stay (see below), the file
  // goes when it is closed.
  static RawFile OpenOwnCopy(const std::filesystem::path& path);
  // New, for this user only.
  static RawFile CreateToWrite(const std::filesystem::path& path);

  // True where a file that is mapped cannot be removed: its name goes after the map.
  static const bool namesStay;

  bool isOpen() const { return file_ != -1; }
  void Close();
  // False for a folder, a device, and what else is no file.
  bool isRegular() const;
  // 0 for what is no regular file, or empty.
  size_t Size() const;
  // Bytes; 0 at the end, -1 when it cannot be read.
  long Read(void* to, size_t room);
  bool ReadAt(size_t begin, void* to, size_t size) const;
  bool WriteAll(const char* data, size_t size);

  // The whole file, to be read; null: it cannot be mapped. The map stays when the file is closed.
  uint8_t* Map(size_t size) const;
  static void Unmap(uint8_t* data, size_t size);
  // Takes the pages of a map out of resident memory.
  static void DropPages(uint8_t* data, size_t size);

 private:
  explicit RawFile(std::intptr_t file) : file_(file) {}
  // The system's name of the open file; -1: none.
  std::intptr_t file_ = -1;
};

// What the system said last, for a message.
std::string LastFileProblem();

}  // namespace haypile
