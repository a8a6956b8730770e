// One loaded model: token ids in, unit vectors or scores out. Thread safe: several workers run one
// session.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "core/pooling.h"
#include "ort_runtime.h"
#include "providers.h"

namespace haypile {

struct SessionSettings {
  int intraOpThreads = 1;
  bool spinning = false;
  bool cpuArena = false;  // false: the counted mimalloc allocator serves the session
  bool memoryPattern = true;
  Provider provider = Provider::kCpu;
};

// What a model gives for a row of tokens.
enum class Output {
  kVector,  // an embedding model: a unit vector
  kScore,   // a cross-encoder: how well the two texts of a pair go together
};

// A padded batch. The caller keeps the arrays, each rows × length.
struct TokenRows {
  const int64_t* ids;
  const int64_t* mask;   // 1 = token, 0 = padding
  const int64_t* types;  // 1 = of a pair's second text; null = all 0
  size_t count;
  size_t length;
};

struct SessionRequest {
  std::string modelPath;
  std::string cacheFolder;  // "" = load the model file as it is
  bool cacheOnly = false;   // take a good entry of the cache or nothing
  Output output = Output::kVector;
  size_t dimensions = 0;  // of a vector; a score is one number
  Pooling pooling = Pooling::kGraph;
  SessionSettings settings;
};

struct SessionReport {
  SessionSettings settings;  // as they took effect
  Provider providerRequested = Provider::kCpu;
  std::string fallbackReason;
  std::string loadedFrom;  // "cache", "built-cache", "plain"
  std::string cacheNote;
  double loadMs = 0;
  uint64_t sessionBytes = 0;
  std::string openedPath;   // the file the session was made from
  uint64_t tableBytes = 0;  // of malloc: graph, kernels. What other threads took meanwhile is in it
};

class Session {
 public:
  // Loads a model; throws Error HAYPILE_MODEL_MISSING, HAYPILE_MODEL_DAMAGED (unreadable),
  // HAYPILE_MODEL_INVALID (other inputs, outputs or dimensions). Any thread.
  // With cacheOnly: null when the cache has no good entry of exactly this file.
  static std::unique_ptr<Session> Load(const SessionRequest& request);

  // out: rows × dimensions, of use only on success.
  // A terminate flag set in `run` ends it early; like any failure it is HAYPILE_RUNTIME_FAILED.
  // A score or a vector that is no finite number is HAYPILE_MODEL_INVALID.
  void Run(const TokenRows& rows, float* out, const OrtRunOptions* run) const;

  const SessionReport& report() const { return report_; }
  size_t dimensions() const { return dimensions_; }

 private:
  Session() = default;
  void Open(const SessionRequest& request, const std::string& path, bool optimised);
  void OpenPlain(const SessionRequest& request);
  void CheckInterface(const SessionRequest& request);
  void CheckInputs(const std::string& about);
  void FindVectors(const SessionRequest& request, const std::string& about);
  void FindScores(const std::string& about);
  // Scores as the model gives them, to one number a row.
  void ReadScores(OrtValue* logits, size_t rows, float* out) const;

  OrtOwned<OrtSession> session_;
  bool takesTokenTypes_ = false;
  std::string outputName_;
  Output output_ = Output::kVector;
  Pooling pooling_ = Pooling::kGraph;
  size_t dimensions_ = 0;
  std::string modelPath_;
  SessionReport report_;
};

// Options both for a session that serves and for one that only writes the optimised graph.
OrtOwned<OrtSessionOptions> MakeSessionOptions(const OrtRuntime& runtime,
                                               const SessionSettings& settings, bool optimised);

}  // namespace haypile
