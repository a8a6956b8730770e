#include "weights.h"

#include <cmath>
#include <cstring>

#include "core/xxh64.h"

namespace haypile::encoder {
namespace {

// The first bytes of a file.
struct Header {
  uint64_t magic;
  uint32_t version;
  uint32_t headerBytes;
  uint64_t fileBytes;
  uint64_t digest;
  Shape shape;
};
static_assert(sizeof(Shape) == 14 * 4, "the header holds the shape as it is");
static_assert(sizeof(Header) <= kHeaderBytes, "the header holds the shape as it is");

uint64_t RoundUp(uint64_t value, uint64_t to) { return (value + to - 1) / to * to; }

// Goes through the sections in their order. Without bytes it only counts.
class Sections {
 public:
  explicit Sections(const uint8_t* bytes) : bytes_(bytes) {}

  template <class T>
  const T* Take(uint64_t count) {
    const T* section = bytes_ == nullptr ? nullptr : reinterpret_cast<const T*>(bytes_ + at_);
    at_ += RoundUp(count * sizeof(T), kSectionAlignment);
    return section;
  }
  const float* TakeFloats(uint64_t count) {
    const float* section = Take<float>(count);
    if (section == nullptr) return nullptr;
    // An exponent of all ones. A sum of such tests has no branch in it.
    uint32_t bad = 0;
    for (uint64_t i = 0; i < count; ++i) {
      uint32_t bits;
      std::memcpy(&bits, section + i, sizeof bits);
      bad |= (bits & 0x7f800000u) == 0x7f800000u ? 1u : 0u;
    }
    if (bad != 0) finite_ = false;
    return section;
  }
  Norm TakeNorm(uint64_t width) {
    Norm norm;
    norm.weight = TakeFloats(width);
    norm.bias = TakeFloats(width);
    norm.factor = TakeFloats(width);
    const float* zero = TakeFloats(1);
    norm.zero = zero == nullptr ? 0 : *zero;
    return norm;
  }
  Linear TakeLinear(uint64_t inputs, uint64_t outputs) {
    const uint64_t columns = RoundUp(outputs, kPanel);
    Linear linear;
    linear.panels = Take<int8_t>(inputs * columns);
    linear.scale = TakeFloats(columns);
    linear.bias = TakeFloats(columns);
    linear.offsets = nullptr;
    return linear;
  }
  uint64_t at() const { return at_; }
  bool finite() const { return finite_; }

 private:
  const uint8_t* bytes_;
  uint64_t at_ = kHeaderBytes;
  bool finite_ = true;
};

Layer TakeLayer(Sections& sections, const Shape& shape) {
  Layer layer;
  layer.joined = sections.TakeLinear(shape.width, 3ull * shape.width);
  layer.output = sections.TakeLinear(shape.width, shape.width);
  layer.up = sections.TakeLinear(shape.width, shape.inner);
  layer.down = sections.TakeLinear(shape.inner, shape.width);
  layer.afterAttention = sections.TakeNorm(shape.width);
  layer.afterInner = sections.TakeNorm(shape.width);
  layer.innerFactor = sections.TakeFloats(shape.inner);
  layer.scoreScale = sections.TakeFloats(shape.heads);
  layer.mixedScale = sections.TakeFloats(shape.heads);
  const float* zeros = sections.TakeFloats(2);
  layer.innerZero = zeros == nullptr ? 0 : zeros[0];
  layer.mixedZero = zeros == nullptr ? 0 : zeros[1];
  return layer;
}

void TakeAll(Sections& sections, const Shape& shape, Weights* weights) {
  weights->wordScale = sections.TakeFloats(shape.words);
  weights->wordRows = sections.Take<int8_t>(uint64_t{shape.words} * shape.width);
  weights->positions = sections.TakeFloats(uint64_t{shape.positions} * shape.width);
  weights->types = shape.types == 2 ? sections.TakeFloats(2ull * shape.width) : nullptr;
  weights->norm = sections.TakeNorm(shape.width);
  weights->layers.clear();
  for (uint32_t i = 0; i < shape.layers; ++i) {
    weights->layers.push_back(TakeLayer(sections, shape));
  }
  const bool pools = shape.head == Head::kPooler;
  weights->pooler = pools ? sections.TakeFloats(uint64_t{shape.width} * shape.width) : nullptr;
  weights->poolerBias = pools ? sections.TakeFloats(shape.width) : nullptr;
  const bool scores = shape.head != Head::kVector;
  weights->classifier =
      scores ? sections.TakeFloats(uint64_t{shape.labels} * shape.width) : nullptr;
  weights->classifierBias = scores ? sections.TakeFloats(shape.labels) : nullptr;
}

#if defined(__aarch64__)

void SumColumns(const int8_t* panels, size_t inputs, size_t columns, int32_t* offsets) {
  for (size_t begin = 0; begin < columns; begin += kPanel, offsets += kPanel) {
    int32_t sums[kPanel] = {};
    for (size_t step = 0; step < inputs / 4; ++step, panels += kPanel * 4) {
      for (size_t n = 0; n < kPanel; ++n) {
        for (size_t i = 0; i < 4; ++i) sums[n] += panels[n * 4 + i];
      }
    }
    for (size_t n = 0; n < kPanel; ++n) offsets[n] = 128 * sums[n];
  }
}

void MakeOffsets(Weights* weights) {
  const size_t width = weights->shape.width, inner = weights->shape.inner;
  const size_t joined = RoundUp(3 * width, kPanel), narrow = RoundUp(width, kPanel);
  const size_t wide = RoundUp(inner, kPanel);
  const size_t count = weights->layers.size() * (joined + narrow + wide + narrow);
  weights->offsets.reset(new int32_t[count]);
  int32_t* at = weights->offsets.get();
  const auto make = [&at](Linear& linear, size_t inputs, size_t columns) {
    SumColumns(linear.panels, inputs, columns, at);
    linear.offsets = at;
    at += columns;
  };
  for (Layer& layer : weights->layers) {
    make(layer.joined, width, joined);
    make(layer.output, width, narrow);
    make(layer.up, width, wide);
    make(layer.down, inner, narrow);
  }
}

#else

void MakeOffsets(Weights*) {}

#endif

bool Within(uint32_t value, uint32_t low, uint32_t high) { return value >= low && value <= high; }

bool Known(const Shape& shape) {
  const bool sizes = Within(shape.layers, 1, 48) && Within(shape.width, 32, 1024) &&
                     Within(shape.inner, 32, 4096) && Within(shape.words, 1, 1u << 20) &&
                     Within(shape.positions, 1, 8192) && Within(shape.types, 1, 2);
  const bool heads = (shape.headWidth == 32 || shape.headWidth == 64) && shape.heads != 0 &&
                     uint64_t{shape.heads} * shape.headWidth == shape.width;
  const bool kinds = shape.pooled <= Pooled::kCls && shape.activation <= Activation::kGeluTanh &&
                     shape.head <= Head::kPooler;
  const bool labels =
      shape.head == Head::kVector ? shape.labels == 0 : Within(shape.labels, 1, 2);
  return sizes && heads && kinds && labels && shape.inner % 32 == 0 &&
         std::isfinite(shape.epsilon) && shape.epsilon > 0;
}

}  // namespace

uint64_t FileBytes(const Shape& shape) {
  if (!Known(shape)) return 0;
  Sections sections(nullptr);
  Weights unused;
  TakeAll(sections, shape, &unused);
  return sections.at();
}

std::string OpenWeights(const uint8_t* bytes, size_t size, Weights* weights) {
  Header header;
  if (size < kHeaderBytes) {
    return "has " + std::to_string(size) + " bytes, less than the header of packed weights";
  }
  std::memcpy(&header, bytes, sizeof header);
  if (header.magic != kMagic) return "does not begin as packed weights do";
  if (header.version != kVersion || header.headerBytes != kHeaderBytes) {
    return "has version " + std::to_string(header.version) + " of packed weights, expected " +
           std::to_string(kVersion);
  }
  const uint64_t expected = FileBytes(header.shape);
  if (expected == 0) {
    const Shape& it = header.shape;
    return "describes a model that this encoder does not run (" + std::to_string(it.layers) +
           " layers of " + std::to_string(it.width) + " with heads of " +
           std::to_string(it.headWidth) + ")";
  }
  if (header.fileBytes != expected || size != expected) {
    return "has " + std::to_string(size) + " bytes, expected " + std::to_string(expected);
  }
  if (reinterpret_cast<uintptr_t>(bytes) % kSectionAlignment != 0) {
    return "does not lie on a multiple of " + std::to_string(kSectionAlignment) + " bytes";
  }
  weights->shape = header.shape;
  weights->digest = header.digest;
  Sections sections(bytes);
  TakeAll(sections, header.shape, weights);
  if (!sections.finite()) return "holds a number that is no finite number";
  MakeOffsets(weights);
  return "";
}

bool DigestFits(const uint8_t* bytes, size_t size) {
  Header header;
  if (size < kHeaderBytes) return false;
  std::memcpy(&header, bytes, sizeof header);
  return HashBytes(bytes + kHeaderBytes, size - kHeaderBytes) == header.digest;
}

}  // namespace haypile::encoder
