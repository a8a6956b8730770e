#include "encoder.h"

#include <algorithm>
#include <cmath>

#include "path.h"

namespace haypile::encoder {
namespace {

// The inner activation of a block of rows takes about this much of the second-level cache, which has 256 kB
// to 2 MB; the rows themselves and a panel of weights need about as much again.
constexpr size_t kBlockBytes = 160 * 1024;
constexpr size_t kBlockStep = 24;  // a multiple of 4, 6 and 8: whole tiles on every path

// Gives out parts of a memory that begins at `from`; with 0 it only counts.
class Carver {
 public:
  explicit Carver(uintptr_t from) : from_(from), at_(RoundUp(from, 64)) {}
  template <class T>
  T* Take(size_t count) {
    T* part = reinterpret_cast<T*>(at_);
    at_ = RoundUp(at_ + count * sizeof(T), 64);
    return part;
  }
  size_t Taken() const { return at_ - from_; }

 private:
  uintptr_t from_;
  uintptr_t at_;
};

Workspace LayOut(const Weights& weights, const Batch& batch, Carver& carver) {
  const Shape& shape = weights.shape;
  Workspace space = {};
  size_t longest = 1;
  for (size_t i = 0; i < batch.count; ++i) {
    space.tokens += batch.lengths[i];
    longest = std::max<size_t>(longest, batch.lengths[i]);
  }
  const size_t padded = RoundUp(longest, kPanel);
  space.blockRows = std::clamp<size_t>(kBlockBytes / shape.inner / kBlockStep * kBlockStep,
                                       2 * kBlockStep, 6 * kBlockStep);
  space.stride = padded + 16;
  space.rows = carver.Take<float>(space.tokens * shape.width);
  space.bytes = carver.Take<uint8_t>(space.tokens * shape.width);
  space.mixed = carver.Take<uint8_t>(space.tokens * shape.width);
  space.hidden = carver.Take<uint8_t>(std::min(space.blockRows, space.tokens) * shape.inner);
  space.sums = carver.Take<int32_t>(space.tokens * kPanel);
  space.query = carver.Take<int16_t>(space.tokens * shape.headWidth);
  space.key = carver.Take<int16_t>(space.tokens * shape.headWidth);
  space.value = carver.Take<int16_t>(space.tokens * shape.headWidth);
  space.keys = carver.Take<int32_t>(padded * shape.headWidth / 2);
  space.values = carver.Take<int32_t>(padded * shape.headWidth / 2);
  space.scores = carver.Take<float>(std::max<size_t>(kMostTileRows * space.stride, shape.width));
  space.shares = carver.Take<int16_t>(kMostTileRows * space.stride);
  return space;
}

}  // namespace

std::string WrongIn(const Weights& weights, const Batch& batch) {
  const Shape& shape = weights.shape;
  size_t tokens = 0;
  for (size_t i = 0; i < batch.count; ++i) {
    const uint32_t length = batch.lengths[i];
    if (length < 1 || length > shape.positions) {
      return "expected 1 to " + std::to_string(shape.positions) + " tokens a text, received " +
             std::to_string(length);
    }
    tokens += length;
  }
  for (size_t i = 0; i < tokens; ++i) {
    if (batch.ids[i] < 0 || static_cast<uint32_t>(batch.ids[i]) >= shape.words) {
      return "expected token ids below " + std::to_string(shape.words) + ", received " +
             std::to_string(batch.ids[i]);
    }
    if (batch.types != nullptr && batch.types[i] >= 2) {
      return "expected token types 0 or 1, received " + std::to_string(batch.types[i]);
    }
  }
  return "";
}

size_t SpaceFor(const Weights& weights, const Batch& batch) {
  Carver carver(0);
  LayOut(weights, batch, carver);
  return carver.Taken() + 64;
}

namespace {

bool RunOn(Path path, const Weights& weights, const Batch& batch, const LateRun* late, void* space,
           float* out, const std::atomic<bool>* stop) {
  if (batch.count == 0) return true;
  Carver carver(reinterpret_cast<uintptr_t>(space));
  const Workspace workspace = LayOut(weights, batch, carver);
  const bool fits = (weights.shape.flags & kPairsFit) != 0;
  const bool needsFit = path == Path::kAvx2 || path == Path::kNeon;
  return FunctionOf(needsFit && !fits ? Path::kScalar : path)(weights, batch, workspace, late, out, stop);
}

}  // namespace

bool Encode(Path path, const Weights& weights, const Batch& batch, void* space, float* out,
            const std::atomic<bool>* stop) {
  return RunOn(path, weights, batch, nullptr, space, out, stop);
}

bool EncodeLate(Path path, const Weights& weights, const Batch& batch, const LateRun& late, void* space,
                float* out, const std::atomic<bool>* stop) {
  return RunOn(path, weights, batch, &late, space, out, stop);
}

// 1 - 2 / (e^2x + 1), with e^y as 2^k times a Taylor series in double.
float HyperbolicTangent(float x) {
  const double y = 2.0 * std::clamp(static_cast<double>(x), -20.0, 20.0);
  const double k = std::nearbyint(y * 1.4426950408889634);
  const double f = y - k * 0.69314718055994531;
  double term = 1;
  double sum = 1;
  for (int i = 1; i <= 13; ++i) {
    term = term * f / i;
    sum += term;
  }
  return static_cast<float>(1.0 - 2.0 / (std::ldexp(sum, static_cast<int>(k)) + 1.0));
}

}  // namespace haypile::encoder
