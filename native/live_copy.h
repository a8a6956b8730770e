// Copies of files for as long as they are mapped.
//
// A mapped file that another program cuts short ends the process by SIGBUS, and one that is written to
// changes what was checked before. So nothing is mapped but copies of our own: summed while they are made,
// in a place nobody else knows, and without a name as soon as they are mapped. The pages stay those of a
// file: the system takes them back when it needs memory (docs/decisions/0060).
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace haypile {

struct FileSum {
  uint64_t bytes = 0;
  uint64_t hash = 0;  // XXH64 of what was not skipped
};

// Reads a file through a buffer, not a map: the pages then count as page cache, not as our memory.
// Nothing when it cannot be read.
std::optional<FileSum> SumOf(const std::filesystem::path& path, size_t skip = 0);

// A folder with copies of files that a library opens by their names. It goes with its owner; what is
// mapped by then stays mapped.
class LiveCopy {
 public:
  // The folder is made in `parent`; `made()` says whether.
  explicit LiveCopy(const std::filesystem::path& parent);
  ~LiveCopy();
  LiveCopy(const LiveCopy&) = delete;
  LiveCopy& operator=(const LiveCopy&) = delete;

  bool made() const { return !folder_.empty(); }
  const std::filesystem::path& folder() const { return folder_; }
  // Copies a file under a name of its own; its first `skip` bytes are left out of the sum. Nothing when it cannot be read or the copy cannot be written.
  std::optional<FileSum> Add(const std::filesystem::path& from, const std::string& name,
                             size_t skip = 0);

  // Removes folders that were left behind by a process that was killed.
  static void DropAbandoned(const std::filesystem::path& parent);

 private:
  std::filesystem::path folder_;
};

}  // namespace haypile
