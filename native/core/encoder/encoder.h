// A BERT encoder over packed texts: products of bytes, all that lies between them fused into them.
//
// Texts stand one behind the other without padding. A text's numbers depend on its own tokens alone,
// not on the batch, the thread or the CPU: sums of bytes are exact, floats are added in one order and
// never contracted, so every instruction set gives the same bits.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "late.h"
#include "weights.h"

namespace haypile::encoder {

// Slowest first within a family of CPUs.
enum class Path { kScalar, kAvx2, kAvxVnni, kAvx512Vnni, kNeon, kNeonDot, kNeonI8mm };

// "scalar", "avx2", "avx-vnni", "avx512-vnni", "neon", "neon-dotprod", "neon-i8mm".
const char* NameOf(Path path);
std::optional<Path> PathByName(std::string_view name);
// Built in, and this CPU and its operating system have what it needs.
bool Supported(Path path);
// The supported ones, slowest first.
std::vector<Path> SupportedPaths();
// The fastest supported one.
Path BestPath();

// `count` texts; the tokens of text i follow those of text i - 1.
struct Batch {
  const int32_t* ids;
  const uint8_t* types;  // 0 or 1 for each token; null = all 0
  const uint32_t* lengths;
  size_t count;
};

// Why a batch cannot be run: an empty or too long text, an id or a type outside the model. "" = it can.
std::string WrongIn(const Weights& weights, const Batch& batch);

// Bytes of working memory of a run; alignment does not matter. It grows with the tokens of the batch:
// about 2.5 kB for each with 384 numbers a row.
size_t SpaceFor(const Weights& weights, const Batch& batch);

// Runs a batch in which nothing is wrong. out: count × weights.OutputWidth(). `stop` (may be null) is
// looked at every few ten microseconds; once it is set, the run ends early, `out` is of no use and the
// result is false. Any number of runs may go on at once, each with its own space. path: a supported one;
// with weights that lack kPairsFit, kAvx2 and kNeon run as kScalar.
bool Encode(Path path, const Weights& weights, const Batch& batch, void* space, float* out,
            const std::atomic<bool>* stop);

// The same run, for late interaction: text 0 is the question. out: count - 1 numbers, -1 to 1, how well each of the
// others answers it.
bool EncodeLate(Path path, const Weights& weights, const Batch& batch, const LateRun& late, void* space,
                float* out, const std::atomic<bool>* stop);

}  // namespace haypile::encoder
