// The static table and the splitting of identifiers.
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "check.h"
#include "core/static_table.h"

namespace {

using haypile::SplitIdentifiers;
using haypile::StaticTable;

std::string Split(const char* text) {
  std::string out;
  SplitIdentifiers(text, out);
  return out;
}

// Three rows of four dimensions: row i is (i + 1) in dimension i, with scale 0.5.
std::vector<uint8_t> Table() {
  std::vector<uint8_t> data(64 + 12 + 12, 0);
  std::memcpy(data.data(), "HPSTATIC", 8);
  data[8] = 1;
  data[12] = 3;
  data[16] = 4;
  for (size_t row = 0; row < 3; ++row) {
    data[64 + row * 4 + row] = static_cast<uint8_t>(row + 1);
    const float scale = 0.5F;
    std::memcpy(data.data() + 64 + 12 + row * 4, &scale, 4);
  }
  return data;
}

bool Throws(const std::vector<uint8_t>& data) {
  try {
    const StaticTable table(data.data(), data.size());
    return false;
  } catch (const std::invalid_argument&) {
    return true;
  }
}

}  // namespace

int main() {
  CHECK(Split("getUserById") == "get User By Id");
  CHECK(Split("parseHTTPResponse2xx") == "parse HTTP Response2xx");
  CHECK(Split("HTTPServer") == "HTTP Server");
  CHECK(Split("ABC") == "ABC");
  CHECK(Split("snake_case") == "snake_case");
  CHECK(Split("x2Y") == "x2 Y");
  CHECK(Split("") == "");
  CHECK(Split("\xc3\xa4" "Gang") == "\xc3\xa4" "Gang");

  const std::vector<uint8_t> data = Table();
  const StaticTable table(data.data(), data.size());
  CHECK(table.rows() == 3 && table.dimensions() == 4);
  float out[4];
  table.Embed({0, 2}, out);
  CHECK(std::fabs(out[0] - 1 / std::sqrt(10.0F)) < 1e-6);
  CHECK(std::fabs(out[2] - 3 / std::sqrt(10.0F)) < 1e-6);
  CHECK(out[1] == 0 && out[3] == 0);
  table.Embed({-1, 3, 1 << 30}, out);
  CHECK(out[0] == 0 && out[1] == 0 && out[2] == 0 && out[3] == 0);
  table.Embed({}, out);
  CHECK(out[0] == 0);

  // A damaged scale would make every sum it is part of no number.
  for (const float bad : {NAN, INFINITY, -1.0F, 3e38F}) {
    std::vector<uint8_t> damaged = data;
    std::memcpy(damaged.data() + 64 + 12 + 4, &bad, 4);
    CHECK(Throws(damaged));
  }

  for (size_t size = 0; size < data.size(); ++size) {
    CHECK(Throws(std::vector<uint8_t>(data.begin(), data.begin() + static_cast<long>(size))));
  }
  for (const size_t at : {0U, 8U, 12U, 16U, 20U}) {
    std::vector<uint8_t> damaged = data;
    damaged[at] ^= 0x40;
    CHECK(Throws(damaged));
  }
  std::vector<uint8_t> huge = data;
  std::memset(huge.data() + 12, 0xff, 8);
  CHECK(Throws(huge));
  return haypile::check::Report();
}
