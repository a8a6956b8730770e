// The file of packed weights: what is refused, and that nothing bad is read past.
#include <cmath>
#include <cstring>
#include <limits>

#include "check.h"
#include "encoder_models.h"

using namespace haypile::encoder;
using namespace haypile::encoder::test;

namespace {

std::string ErrorOf(const std::vector<uint8_t>& bytes) {
  const FileBytesOf file(bytes);
  Weights weights;
  return OpenWeights(file.data(), file.size, &weights);
}

bool Says(const std::string& error, const char* part) {
  const bool says = error.find(part) != std::string::npos;
  if (!says) std::printf("\"%s\" does not say \"%s\"\n", error.c_str(), part);
  return says;
}

std::vector<Shape> Shapes() {
  return {ShapeOf(2, 64, 32, 96, 1, Pooled::kMean, Activation::kGelu),
          ShapeOf(1, 96, 32, 160, 2, Pooled::kCls, Activation::kGeluTanh),
          ShapeOf(1, 64, 64, 64, 2, Pooled::kCls, Activation::kGelu, Head::kClassifier, 1),
          ShapeOf(1, 128, 64, 32, 1, Pooled::kCls, Activation::kGelu, Head::kPooler, 2)};
}

void TestGood() {
  for (const Shape& shape : Shapes()) {
    const Loaded model(shape, 1);
    CHECK(model.error.empty());
    CHECK(FileBytes(shape) == model.file.size);
    CHECK(DigestFits(model.file.data(), model.file.size));
    CHECK(model.weights.layers.size() == shape.layers);
    CHECK((model.weights.types != nullptr) == (shape.types == 2));
    CHECK((model.weights.pooler != nullptr) == (shape.head == Head::kPooler));
    CHECK((model.weights.classifier != nullptr) == (shape.head != Head::kVector));
    CHECK(model.weights.OutputWidth() == (shape.labels == 0 ? shape.width : shape.labels));
    const TestLayer& last = model.model.layers.back();
    CHECK(model.weights.layers.back().mixedZero == last.mixedZero);
    CHECK(model.weights.layers.back().afterInner.weight[3] == last.afterInner.weight[3]);
  }
}

void TestCut() {
  for (const Shape& shape : Shapes()) {
    const TestFile file = FileOf(RandomModel(shape, 2));
    std::vector<size_t> places = {0, 1, 7, 8, 127, 128, 129, file.bytes.size() - 1};
    for (const TestFile::Section& it : file.sections) {
      places.push_back(it.begin);
      places.push_back(it.begin + 1);
      places.push_back(it.begin - 1);
    }
    Random random(3);
    for (int i = 0; i < 200; ++i) {
      places.push_back(static_cast<size_t>(random.Next() % file.bytes.size()));
    }
    for (const size_t size : places) {
      std::vector<uint8_t> cut(file.bytes.begin(), file.bytes.begin() + static_cast<long>(size));
      CHECK(Says(ErrorOf(cut), ("has " + std::to_string(size) + " bytes").c_str()));
      CHECK(!DigestFits(FileBytesOf(cut).data(), cut.size()));
      if (size < kHeaderBytes) continue;
      // Even where the header says that this is all.
      const uint64_t claimed = size;
      std::memcpy(cut.data() + 16, &claimed, 8);
      CHECK(Says(ErrorOf(cut), "bytes, expected "));
    }
    std::vector<uint8_t> longer = file.bytes;
    longer.resize(longer.size() + 64);
    CHECK(Says(ErrorOf(longer), "bytes, expected "));
  }
}

void TestHeader() {
  const TestFile file = FileOf(RandomModel(Shapes()[0], 4));
  const auto with = [&](size_t at, auto value) {
    std::vector<uint8_t> bytes = file.bytes;
    std::memcpy(bytes.data() + at, &value, sizeof value);
    return ErrorOf(bytes);
  };
  CHECK(Says(with(0, uint8_t{0}), "does not begin as packed weights do"));
  CHECK(Says(with(7, uint8_t{'2'}), "does not begin as packed weights do"));
  CHECK(Says(with(8, uint32_t{2}), "has version 2 of packed weights, expected 1"));
  CHECK(Says(with(12, uint32_t{64}), "version"));
  CHECK(Says(with(16, uint64_t{0}), "expected "));
  CHECK(Says(with(16, ~uint64_t{0}), "expected "));
  // Every number of the shape, outside its bounds; 1 and 2 are within those of some, but then the file has
  // another size.
  for (size_t field = 0; field < 14; ++field) {
    for (const uint32_t value : {0u, 1u, 3u, 31u, 33u, 100u, 1u << 16, 1u << 21, 0x7fffffffu, ~0u}) {
      uint32_t now = 0;
      std::memcpy(&now, file.bytes.data() + 32 + field * 4, 4);
      const std::string error = with(32 + field * 4, value);
      const bool isEpsilon = field == 13, isFlags = field == 12;
      const bool isKind = field == 8 || field == 9;
      if (value == now || isFlags || (isKind && value <= 1)) {
        CHECK(error.empty());
      } else if (isEpsilon) {
        CHECK(error.empty() == (std::isnormal(1.0) && value != 0 && value < 0x7f800000u));
      } else {
        CHECK(!error.empty());
      }
    }
  }
  const float bad[] = {0, -1, INFINITY, NAN};
  for (const float epsilon : bad) CHECK(Says(with(32 + 52, epsilon), "does not run"));
  // One head of 64 instead of two of 32 makes a file of another size.
  CHECK(!with(36, uint32_t{1}).empty());
  CHECK(Says(with(40, uint32_t{16}), "(2 layers of 64 with heads of 16)"));
  Shape shape = Shapes()[0];
  shape.layers = 49;
  CHECK(FileBytes(shape) == 0);
  shape = Shapes()[0];
  shape.head = Head::kClassifier;
  CHECK(FileBytes(shape) == 0);
  shape.labels = 3;
  CHECK(FileBytes(shape) == 0);
  shape.labels = 2;
  CHECK(FileBytes(shape) != 0);
}

// A number that is none, at the beginning, in the middle and at the end of every section of floats.
void TestNotFinite() {
  const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
  size_t tried = 0;
  for (const Shape& shape : Shapes()) {
    const TestFile file = FileOf(RandomModel(shape, 5));
    FileBytesOf bytes(file.bytes);
    Weights weights;
    for (const TestFile::Section& it : file.sections) {
      if (!it.floats) continue;
      for (const size_t place : {size_t{0}, it.count / 2, it.count - 1}) {
        uint8_t* at = bytes.data() + it.begin + place * 4;
        float before;
        std::memcpy(&before, at, 4);
        std::memcpy(at, &bad[++tried % 4], 4);
        CHECK(OpenWeights(bytes.data(), bytes.size, &weights) ==
              "holds a number that is no finite number");
        std::memcpy(at, &before, 4);
      }
    }
    CHECK(OpenWeights(bytes.data(), bytes.size, &weights).empty());
  }
  CHECK(tried > 100);
}

void TestMisaligned() {
  const TestFile file = FileOf(RandomModel(Shapes()[0], 6));
  std::vector<uint8_t> room = file.bytes;
  room.insert(room.begin(), 64, 0);
  const FileBytesOf bytes(room);
  Weights weights;
  CHECK(OpenWeights(bytes.data() + 64, file.bytes.size(), &weights).empty());
  for (const size_t off : {1, 4, 16, 32, 63}) {
    std::memmove(const_cast<uint8_t*>(bytes.data()) + off, file.bytes.data(), file.bytes.size());
    CHECK(Says(OpenWeights(bytes.data() + off, file.bytes.size(), &weights), "multiple of 64"));
  }
}

void TestDigest() {
  const TestFile file = FileOf(RandomModel(Shapes()[3], 7));
  FileBytesOf bytes(file.bytes);
  Random random(8);
  for (int i = 0; i < 200; ++i) {
    const size_t at = kHeaderBytes + static_cast<size_t>(random.Next() % (bytes.size - kHeaderBytes));
    bytes.data()[at] ^= 1 << (i % 8);
    CHECK(!DigestFits(bytes.data(), bytes.size));
    bytes.data()[at] ^= 1 << (i % 8);
  }
  CHECK(DigestFits(bytes.data(), bytes.size));
  bytes.data()[24] ^= 1;
  CHECK(!DigestFits(bytes.data(), bytes.size));
  CHECK(!DigestFits(bytes.data(), 100));
}

// Bytes turned at random, digest unasked: what OpenWeights takes can be run, whatever comes out of it.
void TestDamaged() {
  Random random(9);
  size_t taken = 0;
  for (int round = 0; round < 150; ++round) {
    const Shape shape = Shapes()[static_cast<size_t>(round) % 4];
    TestFile file = FileOf(RandomModel(shape, 10));
    for (int i = 0; i <= round % 5; ++i) {
      const size_t header = round % 3 == 0 ? kHeaderBytes : file.bytes.size();
      const size_t at = static_cast<size_t>(random.Next()) % header;
      file.bytes[at] = static_cast<uint8_t>(random.Next());
    }
    const FileBytesOf bytes(file.bytes);
    Weights weights;
    if (!OpenWeights(bytes.data(), bytes.size, &weights).empty()) continue;
    const TestBatch batch = RandomBatch(weights.shape, {1, 19, 3}, 11);
    // Weights that no longer fit would only differ between paths.
    for (const Path path : SupportedPaths()) CHECK(!Vectors(path, weights, batch).empty());
    ++taken;
  }
  CHECK(taken > 50);
}

// A copy of the weights outlives the one it was made from.
void TestCopies() {
  const Shape shape = Shapes()[0];
  Loaded model(shape, 12);
  const TestBatch batch = RandomBatch(shape, {5, 30}, 13);
  const std::vector<float> wanted = Vectors(BestPath(), model.weights, batch);
  const Weights copy = model.weights;
  model.weights = Weights();
  CHECK(SameBits(Vectors(BestPath(), copy, batch), wanted));
}

}  // namespace

int main() {
  TestGood();
  TestCut();
  TestHeader();
  TestNotFinite();
  TestMisaligned();
  TestDigest();
  TestDamaged();
  TestCopies();
  return haypile::check::Report();
}
