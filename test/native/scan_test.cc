// Tests of native/core/scan: every instruction set this CPU has against the scalar one, and the
// index against a plain sort.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "check.h"
#include "core/crc32.h"
#include "core/scan/binarise.h"
#include "core/scan/bit_index.h"
#include "core/scan/bit_stream.h"
#include "core/scan/kernels.h"
#include "core/scan/rescore.h"
#include "core/scan/similarities.h"
#include "scan_random.h"

using namespace haypile;

namespace {

void TestDispatch() {
  CHECK(Supported(Isa::kScalar));
  CHECK(Supported(BestIsa()));
#if defined(__aarch64__)
  CHECK(BestIsa() == Isa::kNeon);
#else
  CHECK(!Supported(Isa::kNeon));
#endif
  std::printf("instruction sets:");
  for (const Isa isa : SupportedIsas()) std::printf(" %s", IsaName(isa));
  std::printf("; best: %s\n", IsaName(BestIsa()));
}

// Bit by bit, by no code of ours.
uint16_t NaiveDistance(const uint8_t* a, const uint8_t* b, size_t bytes) {
  uint16_t distance = 0;
  for (size_t i = 0; i < bytes * 8; ++i) distance += ((a[i / 8] ^ b[i / 8]) >> (i % 8)) & 1;
  return distance;
}

void CheckHamming(const std::vector<uint8_t>& query, const std::vector<uint8_t>& rows,
                  size_t count) {
  const size_t rowBytes = query.size();
  std::vector<uint16_t> expected(count);
  for (size_t i = 0; i < count; ++i) {
    expected[i] = NaiveDistance(query.data(), rows.data() + i * rowBytes, rowBytes);
  }
  for (const Isa isa : SupportedIsas()) {
    // One more, to see that nothing is written behind the end.
    std::vector<uint16_t> distances(count + 1, 12345);
    KernelsOf(isa).hammingScan(query.data(), rows.data(), count, rowBytes, distances.data());
    CHECK(std::equal(expected.begin(), expected.end(), distances.begin()));
    CHECK(distances[count] == 12345);
  }
}

void TestHamming() {
  std::mt19937 random(1);
  for (const size_t rowBytes : {8, 16, 24, 32, 40, 48, 56, 64, 72, 96, 128, 136, 200, 1024}) {
    for (const size_t count : {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 100}) {
      CheckHamming(RandomBytes<uint8_t>(random, rowBytes),
                   RandomBytes<uint8_t>(random, rowBytes * count), count);
    }
    const std::vector<uint8_t> zero(rowBytes, 0);
    const std::vector<uint8_t> ones(rowBytes, 255);
    CheckHamming(zero, std::vector<uint8_t>(rowBytes * 33, 255), 33);
    CheckHamming(ones, std::vector<uint8_t>(rowBytes * 33, 255), 33);
    CheckHamming(ones, std::vector<uint8_t>(rowBytes * 33, 0), 33);
  }
  CheckHamming(RandomBytes<uint8_t>(random, 48), RandomBytes<uint8_t>(random, 48 * 1000), 1000);
  CheckHamming(std::vector<uint8_t>(kMostRowBytes, 0),
               std::vector<uint8_t>(kMostRowBytes * 5, 255), 5);
}

void CheckDots(const std::vector<int8_t>& query, const std::vector<int8_t>& rows, size_t count) {
  const size_t dimensions = query.size();
  std::vector<int32_t> expected(count);
  for (size_t row = 0; row < count; ++row) {
    int64_t dot = 0;
    for (size_t i = 0; i < dimensions; ++i) dot += query[i] * rows[row * dimensions + i];
    expected[row] = static_cast<int32_t>(dot);
  }
  for (const Isa isa : SupportedIsas()) {
    std::vector<int32_t> dots(count + 1, 12345);
    KernelsOf(isa).dotInt8(query.data(), rows.data(), count, dimensions, dots.data());
    CHECK(std::equal(expected.begin(), expected.end(), dots.begin()));
    CHECK(dots[count] == 12345);
  }
}

void TestDots() {
  std::mt19937 random(2);
  for (const size_t dimensions : {0, 1, 7, 15, 16, 17, 31, 33, 63, 64, 65, 127, 384, 1000}) {
    for (const size_t count : {0, 1, 2, 3, 4, 5, 9}) {
      CheckDots(RandomBytes<int8_t>(random, dimensions),
                RandomBytes<int8_t>(random, dimensions * count), count);
    }
    for (const int left : {-128, -127, 0, 127}) {
      for (const int right : {-128, -127, 0, 127}) {
        CheckDots(std::vector<int8_t>(dimensions, static_cast<int8_t>(left)),
                  std::vector<int8_t>(dimensions * 5, static_cast<int8_t>(right)), 5);
      }
    }
  }
  CheckDots(RandomBytes<int8_t>(random, 384), RandomBytes<int8_t>(random, 384 * 1000), 1000);
  for (const int left : {-128, 127}) {
    for (const int right : {-128, 127}) {
      CheckDots(std::vector<int8_t>(kMostDotDimensions, static_cast<int8_t>(left)),
                std::vector<int8_t>(kMostDotDimensions, static_cast<int8_t>(right)), 1);
    }
  }
}

void TestBinarise() {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const size_t dimensions : {1, 7, 8, 9, 31, 33, 384, 1000}) {
    std::vector<float> vector(dimensions);
    std::vector<float> mean(dimensions);
    std::vector<int8_t> codes = RandomBytes<int8_t>(random, dimensions);
    for (size_t i = 0; i < dimensions; ++i) {
      vector[i] = normal(random);
      mean[i] = i % 5 == 0 ? vector[i] : normal(random);  // equal is not above
    }
    mean[dimensions - 1] = -1000;
    const float scale = 0.01f;
    const size_t bytes = (dimensions + 7) / 8;
    std::vector<uint8_t> bits(bytes + 1, 0xee);
    std::vector<uint8_t> codeBits(bytes + 1, 0xee);
    Binarise(vector.data(), mean.data(), dimensions, bits.data());
    BinariseInt8(codes.data(), scale, mean.data(), dimensions, codeBits.data());
    for (size_t i = 0; i < bytes * 8; ++i) {
      const bool bit = i < dimensions && vector[i] > mean[i];
      const bool codeBit = i < dimensions && static_cast<float>(codes[i]) * scale > mean[i];
      CHECK((bits[i / 8] >> (i % 8) & 1) == bit);
      CHECK((codeBits[i / 8] >> (i % 8) & 1) == codeBit);
    }
    CHECK(bits[bytes] == 0xee && codeBits[bytes] == 0xee);
  }
}

// What the index must do, one row after the other.
struct NaiveIndex {
  size_t dimensions;
  std::vector<uint32_t> ids;
  std::vector<std::vector<uint8_t>> rows;

  void Append(const std::vector<uint32_t>& more, const std::vector<uint8_t>& bits) {
    const size_t bytes = (dimensions + 7) / 8;
    for (size_t i = 0; i < more.size(); ++i) {
      ids.push_back(more[i]);
      const auto at = bits.begin() + static_cast<std::ptrdiff_t>(i * bytes);
      rows.emplace_back(at, at + static_cast<std::ptrdiff_t>(bytes));
    }
  }
  void Remove(uint32_t id) {
    for (size_t i = ids.size(); i-- > 0;) {
      if (ids[i] != id) continue;
      ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(i));
      rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  std::vector<BitHit> Search(const uint8_t* query, size_t r, const IdSet* allowed) const {
    std::vector<BitHit> hits;
    for (size_t row = 0; row < ids.size(); ++row) {
      const size_t word = ids[row] / 64;
      if (allowed != nullptr &&
          (word >= allowed->size() || ((*allowed)[word] >> (ids[row] % 64) & 1) == 0)) {
        continue;
      }
      uint32_t distance = 0;
      for (size_t i = 0; i < dimensions; ++i) {
        distance += ((rows[row][i / 8] ^ query[i / 8]) >> (i % 8)) & 1;
      }
      hits.push_back({ids[row], distance});
    }
    std::sort(hits.begin(), hits.end(), [](const BitHit& a, const BitHit& b) {
      return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
    });
    hits.resize(std::min(hits.size(), r));
    return hits;
  }
};

void CheckSearches(const BitIndex& index, const NaiveIndex& naive, std::mt19937& random) {
  CHECK(index.size() == naive.ids.size());
  const size_t bytes = index.BytesPerRow();
  IdSet none;
  IdSet some(3);
  for (uint64_t& word : some) word = uint64_t{random()} << 32 | random();
  IdSet few(100);
  few[90] = 0xf0;
  const IdSet* const sets[] = {nullptr, &none, &some, &few};
  for (const size_t r : {size_t{0}, size_t{1}, size_t{10}, naive.ids.size(), size_t{1} << 40}) {
    for (const IdSet* allowed : sets) {
      const auto query = RandomBytes<uint8_t>(random, bytes);
      const auto expected = naive.Search(query.data(), r, allowed);
      CHECK(index.Search(query.data(), r, allowed, nullptr, 1) == expected);
      CHECK(index.Search(query.data(), r, allowed, nullptr, 4) == expected);
    }
  }
}

void TestIndex() {
  std::mt19937 random(4);
  for (const size_t dimensions : {1, 7, 31, 33, 384, 1000}) {
    BitIndex index(dimensions, {64, 0});  // small blocks, threads from the first row on
    NaiveIndex naive{dimensions, {}, {}};
    CheckSearches(index, naive, random);
    uint32_t nextId = 0;
    for (const size_t count : {1, 62, 1, 1, 0, 300, 1000}) {
      std::vector<uint32_t> ids(count);
      for (uint32_t& id : ids) id = (nextId++ * 7919) % 8000;  // in no order
      const auto bits = RandomBytes<uint8_t>(random, count * index.BytesPerRow());
      index.Append(ids.data(), bits.data(), count);
      naive.Append(ids, bits);
    }
    CheckSearches(index, naive, random);
    CHECK(index.Remove(9000) == 0);
    for (size_t i = 0; i < 100; ++i) {
      const uint32_t id = naive.ids[random() % naive.ids.size()];
      CHECK(index.Remove(id) == 1);
      CHECK(index.Remove(id) == 0);
      naive.Remove(id);
    }
    CheckSearches(index, naive, random);
    // So many that the gaps are closed; most of the ids are not there.
    std::vector<uint32_t> gone;
    for (uint32_t id = 0; id < 8000; ++id) {
      if (id % 8 != 3) gone.push_back(id);
    }
    const size_t before = index.size();
    const size_t bytesBefore = index.bytes();
    const size_t removed = index.Remove(gone.data(), gone.size());
    for (const uint32_t id : gone) naive.Remove(id);
    CHECK(removed == before - naive.ids.size());
    CHECK(index.bytes() < bytesBefore);
    CheckSearches(index, naive, random);
    const std::vector<uint32_t> twice = {5, 5, UINT32_MAX};
    const auto bits = RandomBytes<uint8_t>(random, 3 * index.BytesPerRow());
    index.Append(twice.data(), bits.data(), 3);
    naive.Append(twice, bits);
    CheckSearches(index, naive, random);
    CHECK(index.Remove(5) == 2);
    const std::vector<uint32_t> rest = naive.ids;
    index.Remove(rest.data(), rest.size());
    CHECK(index.size() == 0 && index.bytes() == 0);
  }
}

void TestTies() {
  // All rows are the same: only ids decide, in whatever order they came.
  BitIndex index(384, {128, 0});
  const std::vector<uint8_t> row(48, 0xaa);
  for (uint32_t i = 0; i < 1000; ++i) {
    const uint32_t id = (i * 617) % 1000;
    index.Append(&id, row.data(), 1);
  }
  const auto hits = index.Search(row.data(), 50, nullptr, nullptr, 4);
  CHECK(hits.size() == 50);
  for (uint32_t i = 0; i < hits.size(); ++i) CHECK(hits[i].id == i && hits[i].distance == 0);
}

void TestCancel() {
  BitIndex index(384);
  const std::vector<uint8_t> rows(48 * 100);
  std::vector<uint32_t> ids(100);
  index.Append(ids.data(), rows.data(), ids.size());
  std::atomic<bool> cancel{true};
  CHECK(index.Search(rows.data(), 5, nullptr, &cancel, 1).empty());
  CHECK(index.Search(rows.data(), 5, nullptr, &cancel, 4).empty());
  cancel = false;
  CHECK(index.Search(rows.data(), 5, nullptr, &cancel, 4).size() == 5);
}

void TestConcurrent() {
  // Rows come and go while others search: what must always be there always is, and nearest.
  BitIndex index(384, {64, 0});
  std::mt19937 random(5);
  const std::vector<uint8_t> query(48, 0x0f);
  const uint32_t kept[] = {1, 2, 3};
  std::vector<uint8_t> near;
  for (int i = 0; i < 3; ++i) near.insert(near.end(), query.begin(), query.end());
  index.Append(kept, near.data(), 3);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> searches{0};
  std::vector<std::thread> searchers;
  for (size_t i = 0; i < 3; ++i) {
    searchers.emplace_back([&, i] {
      while (!stop) {
        const auto hits = index.Search(query.data(), 10, nullptr, nullptr, i + 1);
        const bool good = hits.size() >= 3 && hits[0] == BitHit{1, 0} &&
                          hits[1] == BitHit{2, 0} && hits[2] == BitHit{3, 0};
        if (!good) ++wrong;
        ++searches;
      }
    });
  }
  for (uint32_t round = 0; round < 200 || searches < 30; ++round) {
    std::vector<uint32_t> ids(100);
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = 10 + round * 100 + static_cast<uint32_t>(i);
    const auto bits = RandomBytes<uint8_t>(random, ids.size() * 48);
    index.Append(ids.data(), bits.data(), ids.size());
    if (round % 3 != 0) index.Remove(ids.data(), ids.size());
  }
  stop = true;
  for (std::thread& searcher : searchers) searcher.join();
  CHECK(wrong == 0);
}

void TestRescore() {
  std::mt19937 random(6);
  for (const size_t count : {0, 1, 3, 1000, 3000}) {
    const size_t dimensions = 33;
    const auto rows = RandomBytes<uint8_t>(random, count * dimensions);
    const auto query = RandomBytes<int8_t>(random, dimensions);
    std::vector<float> scales(count);
    std::vector<uint32_t> ids(count);
    for (size_t i = 0; i < count; ++i) {
      scales[i] = i % 4 == 0 ? 0.0f : 0.001f * static_cast<float>(random() % 5);  // many ties
      ids[i] = static_cast<uint32_t>((i * 617) % 3001);
    }
    std::vector<ScoredId> expected(count);
    for (size_t row = 0; row < count; ++row) {
      int32_t dot = 0;
      for (size_t i = 0; i < dimensions; ++i) {
        dot += query[i] * static_cast<int8_t>(rows[row * dimensions + i]);
      }
      expected[row] = {ids[row], static_cast<float>(double{scales[row]} * dot * 0.5f)};
    }
    std::sort(expected.begin(), expected.end(), [](const ScoredId& a, const ScoredId& b) {
      return a.score != b.score ? a.score > b.score : a.id < b.id;
    });
    for (const size_t k : {size_t{0}, size_t{1}, size_t{10}, count, count + 5}) {
      const auto best = Rescore(query.data(), 0.5f, rows.data(), scales.data(), ids.data(), count,
                                dimensions, k);
      CHECK(best.size() == std::min(k, count));
      for (size_t i = 0; i < best.size(); ++i) {
        CHECK(best[i].id == expected[i].id && best[i].score == expected[i].score);
      }
    }
  }
}

void TestQuantise() {
  int8_t codes[4];
  const float zero[] = {0, 0, -0.0f, 0};
  CHECK(QuantiseInt8(zero, 4, codes) == 0 && codes[0] == 0 && codes[3] == 0);
  const float values[] = {254, -254, 1, -1};  // halves are rounded up
  CHECK(QuantiseInt8(values, 4, codes) == 2);
  CHECK(codes[0] == 127 && codes[1] == -127 && codes[2] == 1 && codes[3] == 0);
  const float tiny[] = {1e-45f, -1e-45f};
  CHECK(QuantiseInt8(tiny, 2, codes) >= 0);
  CHECK(codes[0] == 127 && codes[1] == -127);
}

void TestSimilarities() {
  const int8_t rows[] = {3, 4, 0, -3, -4, 0, 0, 0, 0, 0, 0, 5, -128, -128, -128};
  float cosines[25];
  Similarities(rows, 5, 3, cosines);
  for (size_t i = 0; i < 5; ++i) {
    for (size_t j = 0; j < 5; ++j) CHECK(cosines[i * 5 + j] == cosines[j * 5 + i]);
    CHECK(cosines[2 * 5 + i] == 0);  // a row of zeros is alike to nothing
  }
  CHECK(cosines[0] == 1 && cosines[1] == -1 && cosines[3] == 0 && cosines[24] == 1);
  CHECK(std::fabs(cosines[4] + 7 / (5 * std::sqrt(3.0f))) < 1e-6f);
  Similarities(rows, 0, 3, nullptr);
}

// Runs shown one by one, with rows passed over, against the index with these rows removed.
void TestStream() {
  std::mt19937 random(11);
  for (const size_t dimensions : {1, 7, 63, 64, 100, 384}) {
    BitIndex index(dimensions);
    const size_t count = 9000;
    std::vector<uint32_t> ids(count);
    for (size_t i = 0; i < count; ++i) ids[i] = static_cast<uint32_t>(i * 3);
    const auto bits = RandomBytes<uint8_t>(random, count * index.BytesPerRow());
    index.Append(ids.data(), bits.data(), count);
    std::vector<uint32_t> gone;
    IdSet removed(count / 30);  // shorter than the ids reach
    IdSet allowed(count * 3 / 64 + 1);
    for (const uint32_t id : ids) {
      if (random() % 4 == 0 && id / 64 < removed.size()) {
        removed[id / 64] |= uint64_t{1} << (id % 64);
        gone.push_back(id);
      }
      if (random() % 2 == 0) allowed[id / 64] |= uint64_t{1} << (id % 64);
    }
    index.Remove(gone.data(), gone.size());
    for (const size_t r : {0, 1, 10, 400, 20'000}) {
      const auto query = RandomBytes<uint8_t>(random, index.BytesPerRow());
      for (const IdSet* among : {static_cast<const IdSet*>(nullptr), &std::as_const(allowed)}) {
        BitStream stream(dimensions, query.data(), r);
        const auto show = [&](size_t from, size_t to) {
          stream.Scan(ids.data() + from, bits.data() + from * index.BytesPerRow(), to - from,
                      among, &removed);
        };
        show(5000, count);
        show(0, 0);
        show(1, 3000);
        BitIndex rest(dimensions);
        rest.Append(ids.data() + 3000, bits.data() + 3000 * index.BytesPerRow(), 2000);
        rest.Append(ids.data(), bits.data(), 1);
        rest.Remove(gone.data(), gone.size());
        stream.Add(rest.Search(query.data(), r, among, nullptr, 1));
        CHECK(stream.Best() == index.Search(query.data(), r, among, nullptr, 1));
      }
    }
  }
}

void TestCrc() {
  const auto sum = [](const std::string& text) {
    return Crc32(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  };
  // The check value of the catalogue of sums, and two more by zlib.
  CHECK(sum("") == 0);
  CHECK(sum("123456789") == 0xcbf43926u);
  CHECK(sum("The quick brown fox jumps over the lazy dog") == 0x414fa339u);
  std::mt19937 random(3);
  const auto bytes = RandomBytes<uint8_t>(random, 100);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    CHECK(Crc32(bytes.data() + cut, bytes.size() - cut, Crc32(bytes.data(), cut)) ==
          Crc32(bytes.data(), bytes.size()));
  }
}

void TestBytesWith() {
  BitIndex index(384);
  const std::vector<uint32_t> ids(20'000);
  const std::vector<uint8_t> bits(ids.size() * 48);
  CHECK(index.BytesWith(0) == 0);
  for (const size_t count : {1, 20'000, 12'000}) {
    const size_t expected = index.BytesWith(count);
    index.Append(ids.data(), bits.data(), count);
    CHECK(index.bytes() == expected);
  }
}

}  // namespace

int main() {
  TestDispatch();
  TestHamming();
  TestDots();
  TestBinarise();
  TestIndex();
  TestTies();
  TestCancel();
  TestConcurrent();
  TestRescore();
  TestQuantise();
  TestSimilarities();
  TestStream();
  TestCrc();
  TestBytesWith();
  return check::Report();
}
