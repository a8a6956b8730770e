// Tests of rows of eight and four bits a value: every instruction set this CPU has against plain loops, and the index against
// the exact scores.
#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "check.h"
#include "core/scan/code_index.h"
#include "core/scan/kernels.h"
#include "core/scan/rescore.h"
#include "scan_random.h"

using namespace haypile;

namespace {

void CheckNibbles(const std::vector<int8_t>& query, const std::vector<uint8_t>& rows, size_t count) {
  const size_t rowBytes = query.size() / 2;
  std::vector<int32_t> expected(count);
  for (size_t row = 0; row < count; ++row) {
    for (size_t i = 0; i < rowBytes * 2; ++i) {
      const int byte = rows[row * rowBytes + i % rowBytes];
      expected[row] += query[i] * (i < rowBytes ? byte % 16 : byte / 16);
    }
  }
  for (const Isa isa : SupportedIsas()) {
    std::vector<int32_t> dots(count + 1, 12345);
    KernelsOf(isa).dotNibbles(query.data(), rows.data(), count, rowBytes, dots.data());
    CHECK(std::equal(expected.begin(), expected.end(), dots.begin()));
    CHECK(dots[count] == 12345);
  }
}

void TestNibbles() {
  std::mt19937 random(22);
  for (const size_t rowBytes : {32, 64, 96, 128, 160, 192, 224, 256, 384, 1024}) {
    for (const size_t count : {0, 1, 2, 5}) {
      CheckNibbles(RandomBytes<int8_t>(random, rowBytes * 2),
                   RandomBytes<uint8_t>(random, rowBytes * count), count);
    }
    for (const int left : {-128, 127}) {
      CheckNibbles(std::vector<int8_t>(rowBytes * 2, static_cast<int8_t>(left)),
                   std::vector<uint8_t>(rowBytes * 3, 255), 3);
    }
  }
  CheckNibbles(std::vector<int8_t>(kMostNibbleBytes * 2, -128),
               std::vector<uint8_t>(kMostNibbleBytes, 255), 1);
}

// Codes as QuantiseInt8 makes them of normally spread values.
std::vector<int8_t> NormalCodes(std::mt19937& random, size_t dimensions, float& scale) {
  std::normal_distribution<float> normal;
  std::vector<float> vector(dimensions);
  for (float& value : vector) value = normal(random);
  std::vector<int8_t> codes(dimensions);
  scale = QuantiseInt8(vector.data(), dimensions, codes.data());
  return codes;
}

void TestPackedNibbles() {
  std::mt19937 random(23);
  for (const size_t dimensions : {1, 2, 31, 64, 65, 300, 384, 1000}) {
    const size_t rowBytes = (dimensions + 63) / 64 * 32;
    std::vector<uint8_t> nibbles(rowBytes + 1, 77);
    CHECK(PackNibbles(std::vector<int8_t>(dimensions, 0).data(), 1, dimensions, rowBytes,
                      nibbles.data()) == 0);
    for (int round = 0; round < 20; ++round) {
      float scale;
      const std::vector<int8_t> codes = NormalCodes(random, dimensions, scale);
      const float packed =
          PackNibbles(codes.data(), scale, dimensions, rowBytes, nibbles.data());
      CHECK(nibbles[rowBytes] == 77);
      double product = 0;
      double square = 0;
      double lost = 0;
      for (size_t i = 0; i < dimensions; ++i) {
        const int byte = nibbles[i % rowBytes];
        const double value = (2 * (i < rowBytes ? byte % 16 : byte / 16) - 15) * double{packed};
        const double own = static_cast<double>(codes[i]) * scale;
        product += value * own;
        square += own * own;
        lost += (value - own) * (value - own);
      }
      // Its product with itself is right, and about a hundredth of its square is lost.
      CHECK(std::fabs(product / square - 1) < 1e-5);
      if (dimensions >= 300) CHECK(lost / square < 0.02);
    }
  }
}

void TestCodeIndex(unsigned bits) {
  std::mt19937 random(24 + bits);
  constexpr size_t dimensions = 384;
  constexpr size_t count = 1000;
  CodeIndex index(dimensions, bits, 64);
  std::vector<int8_t> codes;
  std::vector<float> scales(count);
  for (size_t row = 0; row < count; ++row) {
    const std::vector<int8_t> own = NormalCodes(random, dimensions, scales[row]);
    codes.insert(codes.end(), own.begin(), own.end());
  }
  scales[5] = 0;
  std::fill_n(codes.begin() + 6 * dimensions, dimensions, static_cast<int8_t>(0));
  const size_t foretold = index.BytesWith(count);
  for (size_t at = 0; at < count;) {
    const size_t some = std::min<size_t>(count - at, 1 + random() % 150);
    index.Append(codes.data() + at * dimensions, scales.data() + at, some);
    at += some;
  }
  CHECK(index.size() == count);
  CHECK(index.bytes() == foretold);
  std::vector<uint32_t> ids(count);
  for (size_t row = 0; row < count; ++row) ids[row] = static_cast<uint32_t>(row);
  IdSet some((count + 63) / 64);
  for (size_t row = 0; row < count; row += 3) some[row / 64] |= uint64_t{1} << (row % 64);
  size_t found = 0;
  constexpr int rounds = 20;
  for (int round = 0; round < rounds; ++round) {
    float scale;
    const std::vector<int8_t> query = NormalCodes(random, dimensions, scale);
    const auto* bytes = reinterpret_cast<const uint8_t*>(codes.data());
    const std::vector<ScoredId> exact =
        Rescore(query.data(), scale, bytes, scales.data(), ids.data(), count, dimensions, 10);
    const std::vector<ScoredId> near = index.Search(query.data(), scale, 30, nullptr);
    CHECK(near.size() == 30);
    for (size_t at = 1; at < near.size(); ++at) CHECK(near[at - 1].score >= near[at].score);
    for (const ScoredId& one : exact) {
      found += static_cast<size_t>(std::count_if(near.begin(), near.end(), [&](const ScoredId& hit) {
        return hit.id == one.id && std::fabs(hit.score - one.score) < 0.15f * 384;
      }));
    }
    const std::vector<ScoredId> all = index.Search(query.data(), scale, count, nullptr);
    CHECK(all.size() == count - 2);
    CHECK(std::none_of(all.begin(), all.end(),
                       [](const ScoredId& hit) { return hit.id == 5 || hit.id == 6; }));
    // However many are allowed among those that are compared at once.
    for (const size_t every : {2, 7, 100}) {
      IdSet few((count + 63) / 64);
      for (size_t row = 0; row < count; row += every) few[row / 64] |= uint64_t{1} << (row % 64);
      const std::vector<ScoredId> found10 = index.Search(query.data(), scale, 10, &few);
      std::vector<ScoredId> wanted;
      for (const ScoredId& hit : all) {
        if (hit.id % every == 0 && wanted.size() < 10) wanted.push_back(hit);
      }
      CHECK(found10.size() == wanted.size());
      for (size_t at = 0; at < found10.size(); ++at) {
        CHECK(found10[at].id == wanted[at].id && found10[at].score == wanted[at].score);
      }
    }
    const std::vector<ScoredId> among = index.Search(query.data(), scale, 10, &some);
    CHECK(std::all_of(among.begin(), among.end(),
                      [](const ScoredId& hit) { return hit.id % 3 == 0; }));
    CHECK(index.Search(query.data(), scale, 0, nullptr).empty());
  }
  CHECK(found >= rounds * 10 - (bits == 8 ? 0 : 2));
  const std::vector<int8_t> zeros(dimensions, 0);
  CHECK(CodeIndex(dimensions, bits).Search(zeros.data(), 0, 10, nullptr).empty());
}

}  // namespace

int main() {
  TestNibbles();
  TestPackedNibbles();
  TestCodeIndex(4);
  TestCodeIndex(8);
  return check::Report();
}
