// A model in a session of ONNX Runtime: any graph with the interface of a text model, packed weights
// behind an operator of ours among them.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "live_copy.h"
#include "model_runner.h"
#include "ort_runtime.h"
#include "providers.h"

namespace haypile {

class Session : public ModelRunner {
 public:
  // See LoadRunner().
  static std::unique_ptr<Session> Load(const ModelRequest& request);

  std::unique_ptr<RunState> NewState() const override;
  void Run(const TextRun& run, float* out, RunState& state) const override;
  size_t width() const override { return dimensions_; }
  bool isPacked() const override { return isPacked_; }
  const ModelReport& report() const override { return report_; }

 private:
  explicit Session(const ModelRequest& request) : request_(request) {}
  bool OpenCached();
  void OpenOrFallBack();
  bool OpenPacked();
  void OpenPlain();
  void Open(const std::string& path, bool optimised, const uint64_t* sumOfWeights);
  void CheckInterface();
  void CheckInputs(const std::string& about);
  void FindVectors(const std::string& about);
  void FindScores(const std::string& about);
  // Scores as the model gives them, to one number a row.
  void ReadScores(OrtValue* logits, size_t rows, float* out) const;

  // What is open has its name, where names of mapped files stay. Goes after the session.
  std::unique_ptr<LiveCopy> copy_;
  ModelRequest request_;  // its provider becomes the one that took effect
  OrtOwned<OrtSession> session_;
  bool takesTokenTypes_ = false;
  bool isPacked_ = false;
  uint64_t keyOfWeights_ = 0;
  std::string outputName_;
  size_t dimensions_ = 0;
  ModelReport report_;
};

// Options both for a session that serves and for one that only writes the optimised graph.
OrtOwned<OrtSessionOptions> MakeSessionOptions(const OrtRuntime& runtime,
                                               const SessionSettings& settings, bool optimised);

}  // namespace haypile
