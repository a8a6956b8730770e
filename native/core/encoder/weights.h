// The file of packed weights of one text encoder, and what lies where in it.
//
// A file is a header of kHeaderBytes and then sections in a fixed order, each begun on a multiple of
// kSectionAlignment and filled up with zeros. No section carries an offset or a size: both follow from
// the numbers in the header, so a file is whole exactly when it is as long as they say. Little endian.
//
//   header     magic, version, bytes of the file, XXH64 of all that follows the header, shape
//   words      scale f32 [words]; rows i8 [words][width]
//   positions  f32 [positions][width]; with one token type that type's row is added to each
//   types      f32 [types][width], only with two token types
//   norm       of the embeddings
//   layers     linear joined, output, up, down; norm after attention, after the inner layer;
//              factor of the inner activation f32 [inner]; score scale f32 [heads];
//              mixed scale f32 [heads]; f32 [2]: zero point of the inner and of the mixed activation
//   head       only of a cross-encoder: pooler f32 [width][width] (output, input) and bias f32 [width]
//              where there is one; classifier f32 [labels][width] and bias f32 [labels]
//
// A linear layer is panels i8 [columns / 48][inputs / 4][48][4] with zeros in columns that are not
// there, then scale and bias f32 [columns rounded up to 48]. Its result is sum * scale + bias; the scale
// and the zero point of its input are in both. The columns of `joined` go by head: query, key and
// value of head 0, then of head 1; they come out as shorts.
// A norm is weight, bias and factor f32 [width] and zero f32 [1]; a byte of its result is
// round(y * factor + zero).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace haypile::encoder {

constexpr uint64_t kMagic = 0x314b434150594148;  // "HAYPACK1"
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 128;
constexpr size_t kSectionAlignment = 64;
constexpr size_t kPanel = 48;  // columns of a panel

enum class Pooled : uint32_t { kMean = 0, kCls = 1 };
enum class Activation : uint32_t { kGelu = 0, kGeluTanh = 1 };
enum class Head : uint32_t {
  kVector = 0,      // the pooled row at length 1
  kClassifier = 1,  // classifier over the first token's row
  kPooler = 2,      // classifier over tanh(pooler of the first token's row)
};

struct Shape {
  uint32_t layers;      // 1 to 48
  uint32_t heads;       // width / headWidth
  uint32_t headWidth;   // 32 or 64
  uint32_t width;       // at most 1024, a multiple of 32
  uint32_t inner;       // at most 4096, a multiple of 32
  uint32_t words;       // 1 to 2^20
  uint32_t positions;   // 1 to 8192: the most tokens of a text
  uint32_t types;       // 1 or 2
  Pooled pooled;
  Activation activation;
  Head head;
  uint32_t labels;  // numbers a text gets from a classifier: 1 or 2; 0 with kVector
  uint32_t flags;   // kPairsFit
  float epsilon;    // of every LayerNorm
};

// The sums of two groups of four products fit into 16 bits whatever the activations are: what the code
// for AVX2 relies on. The recipe sees to it; a file without this flag runs on the scalar code there.
constexpr uint32_t kPairsFit = 1;

struct Norm {
  const float* weight;
  const float* bias;
  const float* factor;
  float zero;
};

struct Linear {
  const int8_t* panels;
  const float* scale;
  const float* bias;
  // 128 times the sum of each column's weights, for code that takes 128 off its activations. Null on CPUs
  // that have no such code.
  const int32_t* offsets;
};

struct Layer {
  Linear joined, output, up, down;
  Norm afterAttention, afterInner;
  const float* innerFactor;
  const float* scoreScale;  // from a product of shorts to a power of two, for each head
  const float* mixedScale;  // from shares times values to a byte, for each head
  float innerZero, mixedZero;
};

// Pointers into the file's bytes, which the caller keeps, but for `offsets`.
struct Weights {
  Shape shape;
  const float* wordScale;
  const int8_t* wordRows;
  const float* positions;
  const float* types;  // null with one type
  Norm norm;
  std::vector<Layer> layers;
  const float* pooler;  // null without
  const float* poolerBias;
  const float* classifier;
  const float* classifierBias;
  uint64_t digest;
  std::shared_ptr<int32_t[]> offsets;  // of all linear layers; a copy shares them

  // Numbers a text gets.
  size_t OutputWidth() const {
    return shape.head == Head::kVector ? shape.width : shape.labels;
  }
};

// Bytes a file of this shape has; 0 for a shape outside the bounds above.
uint64_t FileBytes(const Shape& shape);

// Reads the header and points at the sections. `bytes` must be aligned to kSectionAlignment and stay as
// long as `weights` is used. Returns "" or what is wrong, as the end of a sentence that begins with the
// file's name. Reads the floats once (a NaN or an infinity is refused) and leaves the word rows unread, and
// on x86 the panels too; on ARM it sums them up for `offsets`.
std::string OpenWeights(const uint8_t* bytes, size_t size, Weights* weights);

// Whether all bytes after the header are those the header was written for. Reads the whole file.
bool DigestFits(const uint8_t* bytes, size_t size);

}  // namespace haypile::encoder
