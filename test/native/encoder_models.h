// Small encoders with random weights for the tests, and the file of one: written here from the layout that
// weights.h describes, so that a file is read by other code than made it.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "core/encoder/encoder.h"
#include "core/xxh64.h"

namespace haypile::encoder::test {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2654435761u + 88172645463325252u) {}
  uint64_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ >> 16;
  }
  // Both ends are in.
  int Whole(int low, int high) {
    return low + static_cast<int>(Next() % static_cast<uint64_t>(high - low + 1));
  }
  float Between(float low, float high) {
    return low + (high - low) * static_cast<float>(Next() % 65536) / 65535.0f;
  }
  std::vector<float> Floats(size_t count, float low, float high) {
    std::vector<float> out(count);
    for (float& x : out) x = Between(low, high);
    return out;
  }

 private:
  uint64_t state_;
};

struct TestLinear {
  size_t inputs, outputs;
  std::vector<int8_t> weights;  // [output][input]
  std::vector<float> scale, bias;
};

struct TestNorm {
  std::vector<float> weight, bias, factor;
  float zero;
};

struct TestLayer {
  TestLinear joined, output, up, down;
  TestNorm afterAttention, afterInner;
  std::vector<float> innerFactor, scoreScale, mixedScale;
  float innerZero, mixedZero;
};

struct TestModel {
  Shape shape;
  std::vector<float> wordScale;
  std::vector<int8_t> wordRows;
  std::vector<float> positions, types;
  TestNorm norm;
  std::vector<TestLayer> layers;
  std::vector<float> pooler, poolerBias, classifier, classifierBias;
};

// A model's shape in few words; the rest is the same for all.
inline Shape ShapeOf(uint32_t layers, uint32_t width, uint32_t headWidth, uint32_t inner,
                     uint32_t types, Pooled pooled, Activation activation,
                     Head head = Head::kVector, uint32_t labels = 0) {
  return {layers, width / headWidth, headWidth, width,      inner, 60,     512,
          types,  pooled,            activation, head, labels, kPairsFit, 1e-12f};
}

// Makes the weights of one output satisfy kPairsFit: of each four that AVX2 adds in 16 bits, those above
// zero make at most 128, and so do those below.
inline void Fit(int8_t* row, size_t inputs) {
  for (size_t group = 0; group < inputs; group += 8) {
    for (size_t half = 0; half < 4; half += 2) {
      int8_t* four[4] = {row + group + half, row + group + half + 1, row + group + half + 4,
                         row + group + half + 5};
      for (const int sign : {1, -1}) {
        int sum = 0;
        for (const int8_t* it : four) sum += *it * sign > 0 ? *it * sign : 0;
        for (int8_t* it : four) {
          if (sum > 128 && *it * sign > 0) *it = static_cast<int8_t>(*it * 128 / sum);
        }
      }
    }
  }
}

// Results with about this spread, for inputs of `spread` about `zero`.
inline TestLinear RandomLinear(Random& random, size_t inputs, size_t outputs, bool fits, float zero,
                               float spread, float wanted) {
  TestLinear out = {inputs, outputs, {}, {}, {}};
  out.weights.resize(inputs * outputs);
  for (size_t column = 0; column < outputs; ++column) {
    int8_t* row = out.weights.data() + column * inputs;
    for (size_t i = 0; i < inputs; ++i) row[i] = static_cast<int8_t>(random.Whole(-128, 127));
    if (fits) Fit(row, inputs);
    float sum = 0, squares = 0;
    for (size_t i = 0; i < inputs; ++i) {
      sum += row[i];
      squares += static_cast<float>(row[i]) * row[i];
    }
    const float scale = wanted * random.Between(.5f, 1.5f) / (spread * std::sqrt(squares + 1));
    out.scale.push_back(scale);
    out.bias.push_back(wanted * random.Between(-.5f, .5f) - scale * zero * sum);
  }
  return out;
}

inline TestNorm RandomNorm(Random& random, size_t width) {
  return {random.Floats(width, .5f, 1.5f), random.Floats(width, -.5f, .5f),
          random.Floats(width, 25, 45), random.Between(120, 136)};
}

inline TestLayer RandomLayer(Random& random, const Shape& shape) {
  const bool fits = (shape.flags & kPairsFit) != 0;
  const size_t width = shape.width, inner = shape.inner, by = shape.headWidth;
  TestLayer out;
  out.joined = RandomLinear(random, width, 3 * width, fits, 128, 36, 1);
  for (size_t i = 0; i < 3 * width; ++i) {
    // Seldom beyond what queries, keys and values may be, but so now and then.
    const float wanted = i % (3 * by) / by == 2 ? 350 : 2000;
    out.joined.scale[i] *= wanted;
    out.joined.bias[i] *= wanted;
  }
  out.output = RandomLinear(random, width, width, fits, 128, 60, 1);
  out.up = RandomLinear(random, width, inner, fits, 128, 36, 1.5f);
  out.down = RandomLinear(random, inner, width, fits, 30, 40, 1);
  out.afterAttention = RandomNorm(random, width);
  out.afterInner = RandomNorm(random, width);
  out.innerFactor = random.Floats(inner, 40, 60);
  out.scoreScale = random.Floats(shape.heads, .4e-7f, 3e-7f);
  out.mixedScale = random.Floats(shape.heads, .2f, .4f);
  out.innerZero = random.Between(8, 10);
  out.mixedZero = random.Between(120, 136);
  return out;
}

inline TestModel RandomModel(const Shape& shape, uint64_t seed) {
  Random random(seed);
  const size_t width = shape.width;
  TestModel out;
  out.shape = shape;
  out.wordScale = random.Floats(shape.words, .005f, .02f);
  for (size_t i = 0; i < shape.words * width; ++i) {
    out.wordRows.push_back(static_cast<int8_t>(random.Whole(-128, 127)));
  }
  out.positions = random.Floats(shape.positions * width, -.5f, .5f);
  if (shape.types == 2) out.types = random.Floats(2 * width, -.5f, .5f);
  out.norm = RandomNorm(random, width);
  for (uint32_t i = 0; i < shape.layers; ++i) out.layers.push_back(RandomLayer(random, shape));
  if (shape.head == Head::kPooler) {
    out.pooler = random.Floats(width * width, -.15f, .15f);
    out.poolerBias = random.Floats(width, -.5f, .5f);
  }
  if (shape.head != Head::kVector) {
    out.classifier = random.Floats(shape.labels * width, -.2f, .2f);
    out.classifierBias = random.Floats(shape.labels, -.5f, .5f);
  }
  return out;
}

// Bytes on a multiple of kSectionAlignment, not one more than asked for.
class FileBytesOf {
 public:
  explicit FileBytesOf(const std::vector<uint8_t>& from) : size(from.size()) {
    constexpr std::align_val_t kLine{kSectionAlignment};
    bytes_.reset(static_cast<uint8_t*>(::operator new[](size, kLine)));
    std::copy(from.begin(), from.end(), bytes_.get());
  }
  uint8_t* data() { return bytes_.get(); }
  const uint8_t* data() const { return bytes_.get(); }
  const size_t size;

 private:
  struct Delete {
    void operator()(uint8_t* bytes) const {
      ::operator delete[](bytes, std::align_val_t{kSectionAlignment});
    }
  };
  std::unique_ptr<uint8_t[], Delete> bytes_;
};

// A model as a file, and where its sections begin.
struct TestFile {
  std::vector<uint8_t> bytes;
  struct Section {
    size_t begin, count;
    bool floats;
  };
  std::vector<Section> sections;
};

class FileWriter {
 public:
  FileWriter() { file_.bytes.resize(128); }

  void Floats(const std::vector<float>& values) { Append(values.data(), values.size(), true); }
  void Bytes(const std::vector<int8_t>& values) { Append(values.data(), values.size(), false); }
  void NormOf(const TestNorm& norm) {
    Floats(norm.weight);
    Floats(norm.bias);
    Floats(norm.factor);
    Floats({norm.zero});
  }
  void LinearOf(const TestLinear& linear) {
    const size_t panels = (linear.outputs + 47) / 48;
    std::vector<int8_t> packed(panels * 48 * linear.inputs);
    for (size_t column = 0; column < linear.outputs; ++column) {
      for (size_t input = 0; input < linear.inputs; ++input) {
        const size_t panel = column / 48, group = input / 4;
        packed[((panel * (linear.inputs / 4) + group) * 48 + column % 48) * 4 + input % 4] =
            linear.weights[column * linear.inputs + input];
      }
    }
    Bytes(packed);
    for (std::vector<float> values : {linear.scale, linear.bias}) {
      values.resize(panels * 48);
      Floats(values);
    }
  }
  TestFile Done(const Shape& shape) {
    const uint32_t version[2] = {1, 128};
    const uint64_t size = file_.bytes.size();
    uint8_t* header = file_.bytes.data();
    const uint64_t digest = HashBytes(header + 128, size - 128);
    std::memcpy(header, "HAYPACK1", 8);
    std::memcpy(header + 8, version, 8);
    std::memcpy(header + 16, &size, 8);
    std::memcpy(header + 24, &digest, 8);
    std::memcpy(header + 32, &shape, sizeof shape);
    return file_;
  }

 private:
  void Append(const void* from, size_t count, bool floats) {
    const size_t begin = file_.bytes.size(), length = count * (floats ? 4 : 1);
    file_.sections.push_back({begin, count, floats});
    file_.bytes.resize((begin + length + 63) / 64 * 64);
    std::memcpy(file_.bytes.data() + begin, from, length);
  }
  TestFile file_;
};

inline TestFile FileOf(const TestModel& model) {
  FileWriter writer;
  writer.Floats(model.wordScale);
  writer.Bytes(model.wordRows);
  writer.Floats(model.positions);
  if (!model.types.empty()) writer.Floats(model.types);
  writer.NormOf(model.norm);
  for (const TestLayer& layer : model.layers) {
    for (const TestLinear* it : {&layer.joined, &layer.output, &layer.up, &layer.down}) {
      writer.LinearOf(*it);
    }
    writer.NormOf(layer.afterAttention);
    writer.NormOf(layer.afterInner);
    writer.Floats(layer.innerFactor);
    writer.Floats(layer.scoreScale);
    writer.Floats(layer.mixedScale);
    writer.Floats({layer.innerZero, layer.mixedZero});
  }
  for (const auto* it : {&model.pooler, &model.poolerBias, &model.classifier, &model.classifierBias}) {
    if (!it->empty()) writer.Floats(*it);
  }
  return writer.Done(model.shape);
}

struct TestBatch {
  std::vector<int32_t> ids;
  std::vector<uint8_t> types;  // empty: none are given
  std::vector<uint32_t> lengths;
  Batch View() const {
    return {ids.data(), types.empty() ? nullptr : types.data(), lengths.data(), lengths.size()};
  }
};

inline TestBatch RandomBatch(const Shape& shape, const std::vector<uint32_t>& lengths,
                             uint64_t seed) {
  Random random(seed);
  TestBatch out;
  out.lengths = lengths;
  for (const uint32_t length : lengths) {
    const uint32_t second = static_cast<uint32_t>(random.Whole(0, static_cast<int>(length)));
    for (uint32_t i = 0; i < length; ++i) {
      out.ids.push_back(random.Whole(0, static_cast<int>(shape.words) - 1));
      if (shape.types == 2) out.types.push_back(i >= second ? 1 : 0);
    }
  }
  return out;
}

// A model, its file in memory, and the pointers into it.
struct Loaded {
  explicit Loaded(const TestModel& from) : model(from), file(FileOf(from).bytes) {
    error = OpenWeights(file.data(), file.size, &weights);
  }
  Loaded(const Shape& shape, uint64_t seed) : Loaded(RandomModel(shape, seed)) {}
  TestModel model;
  FileBytesOf file;
  Weights weights;
  std::string error;
};

// Bytes around the working memory that nothing may write to. AddressSanitizer sees it without them, reading too.
#ifdef HAYPILE_SANITIZED
constexpr size_t kGuard = 0;
#else
constexpr size_t kGuard = 64;
#endif

// One run in memory of exactly the size asked for, begun `shift` bytes behind where the system's memory does.
// Empty when it was stopped or the bytes around that memory changed.
inline std::vector<float> Vectors(Path path, const Weights& weights, const TestBatch& batch,
                                  size_t shift = 0, const std::atomic<bool>* stop = nullptr) {
  const Batch view = batch.View();
  const size_t size = SpaceFor(weights, view);
  std::vector<uint8_t> memory(kGuard + shift + size + kGuard, 0xa5);
  std::vector<float> out(view.count * weights.OutputWidth() + 1, 7.5f);
  const bool went = Encode(path, weights, view, memory.data() + kGuard + shift, out.data(), stop);
  for (size_t i = 0; i < kGuard + shift; ++i) {
    if (memory[i] != 0xa5) return {};
  }
  for (size_t i = memory.size() - kGuard; i < memory.size(); ++i) {
    if (memory[i] != 0xa5) return {};
  }
  if (!went || out.back() != 7.5f) return {};
  out.pop_back();
  return out;
}

// Compared as bits: a NaN equals itself, and zeros have their sign.
inline bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && !a.empty() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace haypile::encoder::test
