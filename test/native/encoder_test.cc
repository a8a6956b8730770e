// The encoder: every path this CPU has gives the bits of the scalar one, and that one what a plain reference
// gives. "quick" as an argument leaves out the large models and the many rounds, for slow emulators. Path names
// behind it are paths that must be there; a name with "!" before it, one that must not.
#include <algorithm>
#include <cstring>
#include <numeric>
#include <thread>

#include "check.h"
#include "encoder_models.h"
#include "encoder_reference.h"

using namespace haypile::encoder;
using namespace haypile::encoder::test;

namespace {

#ifdef HAYPILE_SANITIZED
bool quick = true;
#else
bool quick = false;
#endif

// Kinds of models: one or two token types, both ways to pool, both activations, all heads; widths that fill
// panels of 48 columns and widths that do not.
std::vector<Shape> Shapes() {
  const auto mean = Pooled::kMean, cls = Pooled::kCls;
  const auto gelu = Activation::kGelu, byTanh = Activation::kGeluTanh;
  std::vector<Shape> shapes = {
      ShapeOf(1, 32, 32, 32, 1, mean, byTanh),
      ShapeOf(2, 64, 32, 96, 1, mean, gelu),
      ShapeOf(2, 96, 32, 160, 2, cls, byTanh),
      ShapeOf(2, 128, 64, 224, 2, mean, byTanh),
      ShapeOf(2, 64, 64, 64, 1, cls, gelu, Head::kClassifier, 1),
      ShapeOf(2, 96, 32, 192, 2, cls, gelu, Head::kPooler, 2),
      ShapeOf(3, 64, 32, 128, 2, mean, byTanh, Head::kPooler, 1),
  };
  // Inputs that go through the products in two parts.
  shapes.push_back(ShapeOf(1, 64, 32, 416, 1, mean, gelu));
  if (!quick) {
    shapes.push_back(ShapeOf(2, 384, 32, 1536, 2, mean, gelu));
    shapes.push_back(ShapeOf(2, 384, 64, 416, 1, cls, byTanh, Head::kPooler, 1));
    shapes.push_back(ShapeOf(1, 1024, 64, 4096, 1, cls, gelu));
  }
  return shapes;
}

// Of two models with the same numbers one has weights that do not fit into AVX2's sums.
Shape Unfit(Shape shape) {
  shape.flags = 0;
  return shape;
}

void CheckPaths(const Loaded& model, const TestBatch& batch) {
  CHECK(model.error.empty());
  CHECK(WrongIn(model.weights, batch.View()).empty());
  const std::vector<float> wanted = Vectors(Path::kScalar, model.weights, batch);
  CHECK(!wanted.empty());
  for (const Path path : SupportedPaths()) {
    const bool same = SameBits(Vectors(path, model.weights, batch), wanted);
    if (!same) std::printf("path %s, width %u\n", NameOf(path), model.weights.shape.width);
    CHECK(same);
  }
}

void TestNames() {
  size_t names = 0;
  for (const Path path : {Path::kScalar, Path::kAvx2, Path::kAvxVnni, Path::kAvx512Vnni,
                          Path::kNeon, Path::kNeonDot, Path::kNeonI8mm}) {
    CHECK(PathByName(NameOf(path)) == path);
    names += Supported(path) ? 1 : 0;
  }
  CHECK(!PathByName("sse2") && !PathByName(""));
  const std::vector<Path> paths = SupportedPaths();
  CHECK(paths.size() == names && paths[0] == Path::kScalar && BestPath() == paths.back());
  for (const Path path : paths) std::printf("%s ", NameOf(path));
  std::printf("\n");
}

void TestAllPaths() {
  uint64_t seed = 1;
  for (const Shape& shape : Shapes()) {
    const TestBatch batch = RandomBatch(shape, {3, 1, 20, 7, 49}, ++seed);
    CheckPaths(Loaded(shape, ++seed), batch);
    if (shape.width <= 128) CheckPaths(Loaded(Unfit(shape), ++seed), batch);
  }
}

// Round about whole registers, panels, and the runs of pairs that are added in 32 bits.
void TestLengths() {
  uint64_t seed = 100;
  for (const uint32_t headWidth : {32u, 64u}) {
    const Shape shape =
        ShapeOf(quick ? 1 : 2, headWidth, headWidth, 64, 1, Pooled::kMean, Activation::kGelu);
    const Loaded model(shape, ++seed);
    CheckPaths(model, RandomBatch(shape, {1, 2, 15, 16, 17, 47, 48, 49, 95, 96, 97}, ++seed));
    CheckPaths(model, RandomBatch(shape, {129, 255}, ++seed));
    // More rows than a block, of one token each.
    CheckPaths(model, RandomBatch(shape, std::vector<uint32_t>(quick ? 150 : 1500, 1), ++seed));
    if (quick) continue;
    CheckPaths(model, RandomBatch(shape, {128, 256, 257}, ++seed));
    CheckPaths(model, RandomBatch(shape, {512, 1, 511}, ++seed));
  }
}

// Activations of 255 everywhere, or of 0 and 255 by turns, with the greatest weights that fit.
void TestExtremes() {
  const std::vector<std::vector<int>> patterns = {
      {127, 1, 0, 0}, {64, 64, 0, 0}, {32, 32, 32, 32}, {-128, 0, 0, 0}, {-64, -64, 0, 0},
      {127, -128, 1, 0}, {1, -1, 127, -127}, {-32, -32, -32, -32}};
  uint64_t seed = 200;
  for (const bool flat : {true, false}) {
    for (const bool fits : {true, false}) {
      Shape shape = ShapeOf(2, 96, 32, 192, 1, Pooled::kMean, Activation::kGelu);
      if (!fits) shape = Unfit(shape);
      TestModel model = RandomModel(shape, ++seed);
      const auto loud = [flat](TestNorm& norm) {
        norm.zero = flat ? 1e6f : 127.5f;
        if (!flat) std::fill(norm.factor.begin(), norm.factor.end(), 1e5f);
      };
      loud(model.norm);
      for (TestLayer& layer : model.layers) {
        loud(layer.afterAttention);
        loud(layer.afterInner);
        if (flat) layer.innerZero = layer.mixedZero = 1e6f;
        for (TestLinear* it : {&layer.joined, &layer.output, &layer.up, &layer.down}) {
          for (size_t i = 0; i < it->weights.size(); ++i) {
            // Inputs g * 4 + j and g * 4 + j + 1 of two groups that follow one another share a sum.
            const size_t column = i / it->inputs, input = i % it->inputs;
            const size_t place = input % 2 + (input / 4 % 2) * 2;
            const auto& pattern = patterns[(column + input / 8) % patterns.size()];
            const int same = column % 3 == 0 ? -128 : column % 3 == 1 ? 127 : input % 2 * 255 - 128;
            it->weights[i] = static_cast<int8_t>(fits ? pattern[place] : same);
          }
        }
      }
      const TestBatch batch = RandomBatch(shape, {5, 17, 33}, ++seed);
      const Loaded loaded(model);
      CheckPaths(loaded, batch);
      const std::vector<double> wanted = Reference(model).Run(batch);
      const std::vector<float> got = Vectors(Path::kScalar, loaded.weights, batch);
      CHECK(got.size() == wanted.size());
      for (size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - wanted[i]) < 1e-5);
    }
  }
}

// A number that lies almost between two whole ones may be rounded the other way in double, and the text's
// numbers then differ by a step of a byte: seldom, and never by much.
void TestReference() {
  size_t close = 0, texts = 0;
  uint64_t seed = 300;
  for (const Shape& shape : Shapes()) {
    if (shape.width > 400) continue;
    for (int round = 0; round < (shape.width > 128 ? 1 : 6); ++round) {
      const Loaded model(shape, ++seed);
      const TestBatch batch = RandomBatch(shape, {1, 4, 2, 6}, ++seed);
      const std::vector<double> wanted = Reference(model.model).Run(batch);
      const std::vector<float> got = Vectors(Path::kScalar, model.weights, batch);
      CHECK(got.size() == wanted.size());
      const size_t each = model.weights.OutputWidth();
      for (size_t text = 0; text < batch.lengths.size(); ++text) {
        double most = 0;
        for (size_t i = text * each; i < (text + 1) * each; ++i) {
          most = std::max(most, std::abs(got[i] - wanted[i]));
        }
        CHECK(most < .05);
        close += most < 1e-5 ? 1 : 0;
        texts += 1;
      }
    }
  }
  std::printf("%zu of %zu texts within 1e-5 of the reference\n", close, texts);
  CHECK(texts >= 100);
  CHECK(close * 100 >= texts * 85);
}

// The numbers of texts alone, in any order, in parts, and with any working memory.
void TestBatches() {
  uint64_t seed = 400;
  for (const Shape& shape : {Shapes()[5], Shapes()[3]}) {
    if (quick && seed > 400) break;
    const Loaded model(shape, ++seed);
    const std::vector<uint32_t> lengths = {9, 1, 130, 48, 3, 17, 64, 2, 31, 5};
    const TestBatch all = RandomBatch(shape, lengths, ++seed);
    const size_t each = model.weights.OutputWidth();
    // The texts of these numbers, in their order.
    const auto texts = [&](const std::vector<size_t>& which) {
      TestBatch out;
      for (const size_t i : which) {
        const auto first = std::accumulate(lengths.begin(), lengths.begin() + static_cast<int>(i), 0);
        const auto last = first + static_cast<int>(lengths[i]);
        out.lengths.push_back(lengths[i]);
        out.ids.insert(out.ids.end(), all.ids.begin() + first, all.ids.begin() + last);
        out.types.insert(out.types.end(), all.types.begin() + first, all.types.begin() + last);
      }
      return out;
    };
    for (const Path path : SupportedPaths()) {
      const std::vector<float> wanted = Vectors(path, model.weights, all);
      const auto matches = [&](const std::vector<size_t>& which, size_t shift) {
        const std::vector<float> got = Vectors(path, model.weights, texts(which), shift);
        CHECK(got.size() == which.size() * each);
        for (size_t i = 0; i < which.size(); ++i) {
          CHECK(std::memcmp(got.data() + i * each, wanted.data() + which[i] * each, each * 4) == 0);
        }
      };
      for (size_t i = 0; i < lengths.size(); ++i) matches({i}, i * 7 + 1);
      matches({0, 1, 2, 3, 4}, 63);
      matches({5, 6, 7, 8, 9}, 3);
      matches({9, 2, 4, 0, 7, 1, 8, 3, 6, 5}, 0);
      matches({2, 2, 2, 1, 1}, 32);
    }
    CHECK(Encode(Path::kScalar, model.weights, {nullptr, nullptr, nullptr, 0}, nullptr, nullptr,
                 nullptr));
  }
}

void TestThreads() {
  const Shape shape = ShapeOf(2, 96, 32, 160, 2, Pooled::kMean, Activation::kGelu);
  const Loaded model(shape, 500);
  const TestBatch batch = RandomBatch(shape, {40, 3, quick ? 7u : 77u, 16}, 501);
  const int rounds = quick ? 2 : 5;
  const std::vector<float> wanted = Vectors(Path::kScalar, model.weights, batch);
  for (const Path path : SupportedPaths()) {
    std::vector<int> same(4);
    std::vector<std::thread> threads;
    for (int& it : same) {
      threads.emplace_back([&, to = &it] {
        for (int i = 0; i < rounds; ++i) *to += SameBits(Vectors(path, model.weights, batch), wanted);
      });
    }
    for (std::thread& it : threads) it.join();
    for (const int it : same) CHECK(it == rounds);
  }
}

// Types may be left out: they count as 0.
void TestWithoutTypes() {
  for (const uint32_t types : {1u, 2u}) {
    const Shape shape = ShapeOf(1, 64, 32, 64, types, Pooled::kMean, Activation::kGelu);
    const Loaded model(shape, 600);
    TestBatch batch = RandomBatch(shape, {4, 9}, 601);
    batch.types.assign(13, 0);
    const std::vector<float> given = Vectors(Path::kScalar, model.weights, batch);
    TestBatch ones = batch;
    ones.types.assign(13, 1);
    batch.types.clear();
    CHECK(SameBits(Vectors(Path::kScalar, model.weights, batch), given));
    if (types == 2) CHECK(!SameBits(Vectors(Path::kScalar, model.weights, ones), given));
  }
}

void TestStop() {
  const Shape shape = ShapeOf(2, 96, 32, 192, 1, Pooled::kMean, Activation::kGelu);
  const Loaded model(shape, 700);
  const TestBatch batch = RandomBatch(shape, {quick ? 64u : 256u, 64}, 701);
  for (const Path path : SupportedPaths()) {
    std::atomic<bool> stop{true};
    CHECK(Vectors(path, model.weights, batch, 0, &stop).empty());
    stop = false;
    CHECK(!Vectors(path, model.weights, batch, 0, &stop).empty());
    // Runs without end, until one of them sees the flag; a run with another flag goes on.
    std::atomic<int> runs{0};
    std::thread runner([&] {
      do ++runs;
      while (!Vectors(path, model.weights, batch, 0, &stop).empty());
    });
    while (runs < 2) std::this_thread::yield();
    stop = true;
    const std::atomic<bool> other{false};
    const TestBatch few = RandomBatch(shape, {12}, 702);
    CHECK(!Vectors(path, model.weights, few, 0, &other).empty());
    runner.join();
  }
}

// What each text after the first is worth to it; empty when the run was stopped, or more was written.
std::vector<float> LateOf(Path path, const Loaded& model, const TestBatch& batch,
                          const std::vector<uint8_t>& worth, const std::atomic<bool>* stop = nullptr) {
  const Batch view = batch.View();
  std::vector<uint8_t> memory(SpaceFor(model.weights, view));
  std::vector<float> out(view.count, 7.5f);
  const LateRun late = {worth.data(), batch.ids.data()};
  const bool went = EncodeLate(path, model.weights, view, late, memory.data(), out.data(), stop);
  if (!went || out.back() != 7.5f) return {};
  out.pop_back();
  return out;
}

std::vector<uint8_t> Worths(const Shape& shape) {
  std::vector<uint8_t> worth;
  for (uint32_t i = 0; i < shape.words; ++i) worth.push_back(static_cast<uint8_t>(i * 37 % 256));
  return worth;
}

// Every path gives the bits of the scalar one, and that one what the reference gives.
void TestLate() {
  size_t close = 0, texts = 0;
  uint64_t seed = 800;
  for (const Shape& shape : Shapes()) {
    if (shape.width > 400) continue;
    const Loaded model(shape, ++seed);
    const std::vector<uint8_t> worth = Worths(shape);
    const TestBatch batch = RandomBatch(shape, {6, 3, 1, 20, 2, 17}, ++seed);
    const std::vector<float> wanted = LateOf(Path::kScalar, model, batch, worth);
    CHECK(wanted.size() == 5);
    for (const Path path : SupportedPaths()) {
      CHECK(SameBits(LateOf(path, model, batch, worth), wanted));
    }
    const std::vector<double> reference = Reference(model.model).Late(batch, worth);
    for (size_t i = 0; i < wanted.size(); ++i) {
      CHECK(std::abs(wanted[i] - reference[i]) < .05);
      close += std::abs(wanted[i] - reference[i]) < 1e-5 ? 1 : 0;
      texts += 1;
    }
    // A text of special tokens alone says nothing.
    CHECK(wanted[1] == 0 && wanted[3] == 0);
  }
  CHECK(close * 100 >= texts * 60);
}

// A text's number depends on it and the question alone; the question itself is its own best answer.
void TestLateAlone() {
  const Shape shape = ShapeOf(2, 96, 32, 192, 1, Pooled::kMean, Activation::kGelu);
  const Loaded model(shape, 900);
  std::vector<uint8_t> worth = Worths(shape);
  TestBatch batch = RandomBatch(shape, {9, 5, 30, 12, 9}, 901);
  worth[static_cast<size_t>(batch.ids[0])] = worth[static_cast<size_t>(batch.ids[8])] = 0;
  std::copy_n(batch.ids.begin(), 9, batch.ids.end() - 9);
  const std::vector<float> all = LateOf(BestPath(), model, batch, worth);
  CHECK(all.size() == 4 && std::abs(all[3] - 1) < 1e-6 && all[0] < all[3] && all[1] < all[3]);
  size_t first = 9;
  for (size_t text = 1; text < batch.lengths.size(); ++text) {
    TestBatch alone;
    alone.lengths = {9, batch.lengths[text]};
    alone.ids.assign(batch.ids.begin(), batch.ids.begin() + 9);
    alone.ids.insert(alone.ids.end(), batch.ids.begin() + first,
                     batch.ids.begin() + first + batch.lengths[text]);
    CHECK(SameBits(LateOf(BestPath(), model, alone, worth), {all[text - 1]}));
    first += batch.lengths[text];
  }
  std::fill(worth.begin(), worth.end(), uint8_t{0});
  CHECK(LateOf(BestPath(), model, batch, worth) == std::vector<float>(4, 0.0f));
  const std::atomic<bool> stop{true};
  for (const Path path : SupportedPaths()) CHECK(LateOf(path, model, batch, worth, &stop).empty());
}

void TestWrong() {
  const Shape shape = ShapeOf(1, 64, 32, 64, 2, Pooled::kMean, Activation::kGelu);
  const Loaded model(shape, 800);
  const TestBatch good = RandomBatch(shape, {3, 512, 2}, 801);
  const auto wrong = [&](const TestBatch& batch) { return WrongIn(model.weights, batch.View()); };
  CHECK(wrong(good).empty());
  CHECK(WrongIn(model.weights, {nullptr, nullptr, nullptr, 0}).empty());
  TestBatch bad = good;
  bad.lengths[1] = 0;
  CHECK(wrong(bad) == "expected 1 to 512 tokens a text, received 0");
  bad.lengths[1] = 513;
  CHECK(wrong(bad) == "expected 1 to 512 tokens a text, received 513");
  bad.lengths[1] = 4294967295u;
  CHECK(wrong(bad) == "expected 1 to 512 tokens a text, received 4294967295");
  for (const int32_t id : {-1, 60, 2147483647, static_cast<int32_t>(-2147483648LL)}) {
    for (const size_t place : {size_t{0}, size_t{400}, good.ids.size() - 1}) {
      bad = good;
      bad.ids[place] = id;
      CHECK(wrong(bad) == "expected token ids below 60, received " + std::to_string(id));
    }
  }
  bad = good;
  bad.ids.back() = 59;
  CHECK(wrong(bad).empty());
  bad.types.back() = 2;
  CHECK(wrong(bad) == "expected token types 0 or 1, received 2");
}

}  // namespace

int main(int argc, char** argv) {
  quick = quick || (argc > 1 && std::strcmp(argv[1], "quick") == 0);
  for (int i = 2; i < argc; ++i) {
    const bool there = argv[i][0] != '!';
    const std::optional<Path> path = PathByName(argv[i] + (there ? 0 : 1));
    CHECK(path && Supported(*path) == there);
  }
  TestNames();
  TestAllPaths();
  TestLengths();
  TestExtremes();
  TestReference();
  TestBatches();
  TestThreads();
  TestWithoutTypes();
  TestStop();
  TestLate();
  TestLateAlone();
  TestWrong();
  return haypile::check::Report();
}
