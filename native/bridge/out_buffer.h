// Bytes that wait to be written, and how far that has come.
#pragma once
#include <cstddef>
#include <string>

namespace haypile::bridge {

class OutBuffer {
 public:
  void Add(const std::string& text) { text_ += text; }
  const char* data() const { return text_.data() + done_; }
  size_t size() const { return text_.size() - done_; }
  bool empty() const { return size() == 0; }
  void Clear() {
    std::string().swap(text_);
    done_ = 0;
  }
  void Written(size_t bytes) {
    done_ += bytes;
    if (done_ < text_.size()) return;
    // Room that one long message took goes back.
    if (text_.capacity() > kKeptBytes) {
      Clear();
    } else {
      text_.clear();
      done_ = 0;
    }
  }

 private:
  static constexpr size_t kKeptBytes = 64u << 10;

  std::string text_;
  size_t done_ = 0;
};

}  // namespace haypile::bridge
