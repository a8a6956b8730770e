#include "static_table.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace haypile {
namespace {

constexpr char kMagic[] = "HPSTATIC";
constexpr size_t kHeader = 64;
constexpr size_t kMostDimensions = 65536;
// Sums of rows stay finite below it, however long the text.
constexpr float kMostScale = 1e20f;

uint32_t ReadU32(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) | static_cast<uint32_t>(at[1]) << 8 |
         static_cast<uint32_t>(at[2]) << 16 | static_cast<uint32_t>(at[3]) << 24;
}

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

StaticTable::StaticTable(const uint8_t* data, size_t size) {
  if (size < kHeader || std::memcmp(data, kMagic, 8) != 0) {
    throw std::invalid_argument("it does not begin as a table of static embeddings");
  }
  if (ReadU32(data + 8) != 1 || ReadU32(data + 20) != 0) {
    throw std::invalid_argument("it has a version or flags this Haypile does not know");
  }
  rows_ = ReadU32(data + 12);
  dimensions_ = ReadU32(data + 16);
  if (rows_ == 0 || dimensions_ == 0 || dimensions_ > kMostDimensions) {
    throw std::invalid_argument("it has no rows or dimensions out of range");
  }
  const uint64_t codes = static_cast<uint64_t>(rows_) * dimensions_;
  if (kHeader + codes + rows_ * 4 != size) {
    throw std::invalid_argument("its size does not fit its rows and dimensions");
  }
  codes_ = reinterpret_cast<const int8_t*>(data + kHeader);
  scales_ = data + kHeader + codes;
  for (size_t row = 0; row < rows_; ++row) {
    const float scale = ScaleOf(row);
    if (!(scale >= 0) || scale > kMostScale) {
      throw std::invalid_argument("a scale of its rows is no number in range: it is damaged");
    }
  }
}

float StaticTable::ScaleOf(size_t row) const {
  float scale;
  std::memcpy(&scale, scales_ + row * 4, 4);
  return scale;
}

void StaticTable::Embed(const std::vector<int32_t>& ids, float* out) const {
  for (size_t i = 0; i < dimensions_; ++i) out[i] = 0;
  for (const int32_t id : ids) {
    if (id < 0 || static_cast<size_t>(id) >= rows_) continue;
    const float scale = ScaleOf(static_cast<size_t>(id));
    const int8_t* row = codes_ + static_cast<size_t>(id) * dimensions_;
    for (size_t i = 0; i < dimensions_; ++i) out[i] += scale * static_cast<float>(row[i]);
  }
  double squares = 0;
  for (size_t i = 0; i < dimensions_; ++i) squares += static_cast<double>(out[i]) * out[i];
  if (!(squares > 0)) return;
  const float factor = static_cast<float>(1 / std::sqrt(squares));
  for (size_t i = 0; i < dimensions_; ++i) out[i] *= factor;
}

void SplitIdentifiers(std::string_view text, std::string& out) {
  out.clear();
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i > 0 && IsUpper(c)) {
      const char before = text[i - 1];
      const bool isNewWord = IsLower(before) || IsDigit(before);
      const bool endsCapitals = IsUpper(before) && i + 1 < text.size() && IsLower(text[i + 1]);
      if (isNewWord || endsCapitals) out.push_back(' ');
    }
    out.push_back(c);
  }
}

}  // namespace haypile
