#include "bridge/line_buffer.h"

#include <cstring>
#include <utility>

namespace haypile::bridge {

void LineBuffer::Append(const char* bytes, size_t count) {
  while (count > 0) {
    const void* found = std::memchr(bytes, '\n', count);
    const size_t part =
        found == nullptr ? count : static_cast<size_t>(static_cast<const char*>(found) - bytes) + 1;
    open_.scan.Feed(bytes, part);
    if (!open_.tooLong && open_.text.size() + part > most_) {
      bytes_ -= open_.text.size();
      std::string().swap(open_.text);
      open_.tooLong = true;
    }
    if (!open_.tooLong) {
      open_.text.append(bytes, part);
      bytes_ += part;
    }
    if (found != nullptr) EndLine();
    bytes += part;
    count -= part;
  }
}

void LineBuffer::EndLine() {
  const bool blank = open_.scan.kind() == MessageScan::Kind::kNone;
  if (blank && !open_.tooLong) {
    bytes_ -= open_.text.size();
  } else {
    lines_.push_back(std::move(open_));
  }
  open_ = Line();
}

Line LineBuffer::Take() {
  Line line = std::move(lines_[next_++]);
  bytes_ -= line.text.size();
  if (next_ == lines_.size()) {
    std::vector<Line>().swap(lines_);
    next_ = 0;
  }
  return line;
}

void LineBuffer::Clear() {
  std::vector<Line>().swap(lines_);
  next_ = 0;
  bytes_ = 0;
  open_ = Line();
}

}  // namespace haypile::bridge
