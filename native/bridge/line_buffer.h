// Bytes in, whole lines out. A line over the limit is dropped while it comes in, and told with its id, so
// that no message can take more memory than the limit.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "bridge/message_scan.h"

namespace haypile::bridge {

struct Line {
  // With its line feed. Empty: it was too long.
  std::string text;
  MessageScan scan;
  bool tooLong = false;
};

class LineBuffer {
 public:
  explicit LineBuffer(size_t mostLineBytes) : most_(mostLineBytes) {}

  void Append(const char* bytes, size_t count);
  bool HasLine() const { return next_ < lines_.size(); }
  Line Take();
  // Of lines that are not taken yet, and of the part of one.
  size_t bytes() const { return bytes_; }
  // Drops all, also the part of a line that has begun.
  void Clear();

 private:
  void EndLine();

  size_t most_;
  size_t bytes_ = 0;
  std::vector<Line> lines_;
  size_t next_ = 0;
  Line open_;
};

}  // namespace haypile::bridge
