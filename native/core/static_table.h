// A static embedding model: one int8 row a token, a text's vector is the sum of its tokens' rows,
// scaled to length 1. The layout is that of scripts/models/static/build.py:
//   0   "HPSTATIC"
//   8   uint32 version = 1, rows, dimensions, flags = 0
//   64  rows × dimensions int8, then rows float32 scales (all little endian)
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace haypile {

class StaticTable {
 public:
  // `data` must stay as long as the table. Throws std::invalid_argument when it is no such table,
  // or a scale is no number.
  StaticTable(const uint8_t* data, size_t size);

  size_t rows() const { return rows_; }
  size_t dimensions() const { return dimensions_; }

  // Adds up the rows of `ids` (those beyond the table are left out) and writes the unit vector; a text
  // without a token gets zeros. `out` has dimensions() numbers.
  void Embed(const std::vector<int32_t>& ids, float* out) const;

 private:
  float ScaleOf(size_t row) const;

  const int8_t* codes_;
  const uint8_t* scales_;  // float32, read bytewise: nothing says that they lie aligned
  size_t rows_;
  size_t dimensions_;
};

// What is done to a text before it is tokenised: a space between a lower-case letter or digit and a
// capital, and before the last of several capitals when a small letter follows. ASCII only.
void SplitIdentifiers(std::string_view text, std::string& out);

}  // namespace haypile
