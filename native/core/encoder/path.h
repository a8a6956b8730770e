// What the files of all paths share: the working memory of a run, and small helpers that must be inlined, so
// that no code built for one CPU is ever shared with another.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "encoder.h"
#include "late.h"

#define ENCODER_UNROLL _Pragma("GCC unroll 8")
// The compiler keeps sums in registers only where it does not know how many steps there are (GCC 12).
#define ENCODER_HIDE(steps) asm volatile("" : "+r"(steps))

namespace haypile::encoder {

constexpr size_t kMostTileRows = 8;

template <int N>
struct Constant {
  static constexpr int value = N;
};

#define ENCODER_INLINE inline __attribute__((always_inline))

ENCODER_INLINE size_t RoundUp(size_t value, size_t to) { return (value + to - 1) / to * to; }
ENCODER_INLINE size_t Least(size_t a, size_t b) { return a < b ? a : b; }

// Working memory of a run; everything begins on a line of the cache.
struct Workspace {
  size_t tokens;     // of all texts
  size_t blockRows;  // rows that go through a layer's second half together
  size_t stride;     // of scores and shares
  float* rows;       // [tokens][width]
  uint8_t* bytes;    // [tokens][width]
  uint8_t* mixed;    // [tokens][width]: after attention
  uint8_t* hidden;   // [blockRows][inner]
  int32_t* sums;     // [tokens][kPanel]: of one panel
  int16_t* query;    // [tokens][head width], of one head
  int16_t* key;
  int16_t* value;
  int32_t* keys;    // of one text, rounded up to panels
  int32_t* values;
  float* scores;    // [kMostTileRows][stride], at least width
  int16_t* shares;  // [kMostTileRows][stride]
};

// Exact to a few units in the last place; the same bits on every CPU, which a library's tanhf has not.
float HyperbolicTangent(float x);

// `late` null: the model's own output.
using EncodeFunction = bool (*)(const Weights&, const Batch&, const Workspace&, const LateRun* late,
                                float*, const std::atomic<bool>*);

// The code of a path that is built in.
EncodeFunction FunctionOf(Path path);

namespace scalar {
bool EncodePacked(const Weights&, const Batch&, const Workspace&, const LateRun*, float*,
                  const std::atomic<bool>*);
}
#if defined(__x86_64__)
namespace avx2 {
bool EncodePacked(const Weights&, const Batch&, const Workspace&, const LateRun*, float*,
                  const std::atomic<bool>*);
}
namespace avxvnni {
bool EncodePacked(const Weights&, const Batch&, const Workspace&, const LateRun*, float*,
                  const std::atomic<bool>*);
}
namespace avx512vnni {
bool EncodePacked(const Weights&, const Batch&, const Workspace&, const LateRun*, float*,
                  const std::atomic<bool>*);
}
#elif defined(__aarch64__)
namespace neon {
bool EncodePacked(const Weights&, const Batch&, const Workspace&, const LateRun*, float*,
                  const std::atomic<bool>*);
}
namespace neondot {
bool EncodePacked(const Weights&, const Batch&, const Workspace&, const LateRun*, float*,
                  const std::atomic<bool>*);
}
namespace neoni8mm {
bool EncodePacked(const Weights&, const Batch&, const Workspace&, const LateRun*, float*,
                  const std::atomic<bool>*);
}
#endif

}  // namespace haypile::encoder
