// A model of packed weights, run without ONNX Runtime: one run uses the thread that asks for it.
#pragma once
#include "core/encoder/encoder.h"
#include "model_runner.h"
#include "packed_weights.h"

namespace haypile {

class DirectModel : public ModelRunner {
 public:
  // See LoadRunner().
  static std::unique_ptr<DirectModel> Load(const ModelRequest& request);

  std::unique_ptr<RunState> NewState() const override;
  void Run(const TextRun& run, float* out, RunState& state) const override;
  size_t width() const override;
  size_t words() const override { return file_.weights().shape.words; }
  bool isPacked() const override { return true; }
  void DropPages() const override { file_.file().DropPages(); }
  const ModelReport& report() const override { return report_; }

 private:
  explicit DirectModel(const ModelRequest& request);

  const ModelRequest request_;
  const encoder::Path path_;
  const PackedWeights file_;
  ModelReport report_;
};

// The path of a name, or the fastest for "auto".
// Throws HAYPILE_USAGE for a name that is none, or that this CPU cannot run.
encoder::Path PathFor(const std::string& isa);

}  // namespace haypile
