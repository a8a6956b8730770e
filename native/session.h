// One loaded model: token ids in, unit vectors out. Thread safe: several workers run one session.
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

struct SessionRequest {
  std::string modelPath;
  std::string cacheFolder;  // "" = load the model file as it is
  bool cacheOnly = false;   // take a good entry of the cache or nothing
  size_t dimensions = 0;
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
};

class Session {
 public:
  // Loads a model; throws Error HAYPILE_MODEL_MISSING, HAYPILE_MODEL_DAMAGED (unreadable),
  // HAYPILE_MODEL_INVALID (other inputs, outputs or dimensions). Any thread.
  // With cacheOnly: null when the cache has no good entry of exactly this file.
  static std::unique_ptr<Session> Load(const SessionRequest& request);

  // ids and mask: batch × length. out: batch × dimensions, written only on success.
  // A terminate flag set in `run` ends it early; like any failure it is HAYPILE_RUNTIME_FAILED.
  void Run(const int64_t* ids, const int64_t* mask, size_t batch, size_t length, float* out,
           const OrtRunOptions* run) const;

  const SessionReport& report() const { return report_; }
  size_t dimensions() const { return dimensions_; }

 private:
  Session() = default;
  void Open(const SessionRequest& request, const std::string& path, bool optimised);
  void CheckInterface(const SessionRequest& request);

  OrtOwned<OrtSession> session_;
  bool takesTokenTypes_ = false;
  std::string outputName_;
  Pooling pooling_ = Pooling::kGraph;
  size_t dimensions_ = 0;
  SessionReport report_;
};

// Options both for a session that serves and for one that only writes the optimised graph.
OrtOwned<OrtSessionOptions> MakeSessionOptions(const OrtRuntime& runtime,
                                               const SessionSettings& settings, bool optimised);

}  // namespace haypile
