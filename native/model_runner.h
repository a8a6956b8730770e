// What runs a loaded model, whichever engine it is: token ids in, unit vectors or scores out.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/pooling.h"
#include "cuda_options.h"

namespace haypile {

enum class Provider { kCpu, kCuda, kCoreMl };

enum class Engine {
  kOnnx,    // ONNX Runtime; packed weights by an operator of ours
  kDirect,  // packed weights alone, without the library
};

struct SessionSettings {
  int intraOpThreads = 1;
  bool spinning = false;
  bool cpuArena = false;  // false: the counted mimalloc allocator serves the session
  bool memoryPattern = true;
  Provider provider = Provider::kCpu;
  GpuSettings gpu;  // for CUDA; others have no such settings
};

// What a model gives for a row of tokens.
enum class Output {
  kVector,  // an embedding model: a unit vector
  kScore,   // a cross-encoder: how well the two texts of a pair go together
};

struct ModelRequest {
  Engine engine = Engine::kOnnx;
  std::string modelPath;
  std::string weightsPath;    // packed weights; "" = the model has none
  std::string isa;            // name of the encoder's path, or "auto"
  std::string scratchFolder;  // for copies of what is mapped; "" = there is none
  std::string cacheFolder;    // "" = nothing is kept of what was made or compared
  bool cacheOnly = false;     // only what was made or compared before, or nothing
  Output output = Output::kVector;
  size_t dimensions = 0;  // of a vector; a score is one number
  size_t maxTokens = 0;   // of a text
  int32_t padId = 0;
  Pooling pooling = Pooling::kGraph;
  int memoryNode = -1;  // NUMA node that takes what loading allocates; -1: the system chooses
  SessionSettings settings;
};

struct ModelReport {
  Engine engine = Engine::kOnnx;
  std::string runtimeVersion;  // "" without the library
  std::string isa;             // the encoder's path; "" for an ordinary graph
  SessionSettings settings;    // as they took effect
  Provider providerRequested = Provider::kCpu;
  std::string fallbackReason;
  std::string loadedFrom;  // "cache", "built-cache", "plain", "packed"
  std::string cacheNote;
  double loadMs = 0;
  uint64_t sessionBytes = 0;
  std::string openedPath;   // the file whose copy is mapped, or that was read
  uint64_t tableBytes = 0;  // of malloc: graph, kernels. What other threads took meanwhile is in it
};

// Texts of one run, one behind the other. The caller keeps the arrays.
struct TextRun {
  const int32_t* ids;
  const uint8_t* types;  // 1 = of a pair's second text; null = all 0
  const uint32_t* lengths;
  size_t count;
  // Of each id of the vocabulary; null: each text gets its own output. Else text 0 is a question, and each of the
  // others gets one number: how well it answers, token by token (core/encoder/late.h).
  const uint8_t* worth = nullptr;
};

// What one worker keeps between its runs, and what ends one early. Stop() may come from any thread; the
// rest is the worker's.
class RunState {
 public:
  virtual ~RunState() = default;
  // Ends the run at work, or the next one, early.
  virtual void Stop() { stopped_ = true; }
  // Takes that back.
  virtual void Begin() { stopped_ = false; }
  // Gives back the memory that is kept for the next run.
  virtual void Free() {}
  const std::atomic<bool>& stopped() const { return stopped_; }

 private:
  std::atomic<bool> stopped_{false};
};

// Thread safe: several workers run one model, each with a state of its own.
class ModelRunner {
 public:
  virtual ~ModelRunner() = default;
  virtual std::unique_ptr<RunState> NewState() const = 0;
  // out: run.count × width(), or run.count - 1 with `worth`, which only models with words() take; of use only on success. Throws Error; a stopped run is HAYPILE_ABORTED or
  // HAYPILE_RUNTIME_FAILED, numbers that are none are HAYPILE_MODEL_INVALID.
  virtual void Run(const TextRun& run, float* out, RunState& state) const = 0;
  // Numbers a text gets.
  virtual size_t width() const = 0;
  // Of the vocabulary, where runs may have `worth`; else 0.
  virtual size_t words() const { return 0; }
  // Texts of different lengths may run together at no cost.
  virtual bool isPacked() const = 0;
  // Takes mapped weights out of resident memory; the next run reads them back.
  virtual void DropPages() const {}
  virtual const ModelReport& report() const = 0;
};

// Loads with the engine that is asked for. Null with cacheOnly, where that finds nothing. Any thread.
// Throws Error HAYPILE_MODEL_MISSING, HAYPILE_MODEL_DAMAGED, HAYPILE_MODEL_INVALID, HAYPILE_USAGE.
std::unique_ptr<ModelRunner> LoadRunner(const ModelRequest& request);

// Throws HAYPILE_MODEL_INVALID when one of `count` results is no finite number.
void CheckFinite(const float* results, size_t count, const ModelRequest& request);

}  // namespace haypile
