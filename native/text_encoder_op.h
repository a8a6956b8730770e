// The encoder of packed weights as an operator of ONNX Runtime: domain "haypile", name "TextEncoder".
//
//   input_ids, attention_mask  int64 [texts, tokens]; tokens whose mask is 0 are left out
//   weights                    uint8 [bytes], a constant: the file of packed weights, used where it lies
//   token_type_ids             int64 [texts, tokens], may be missing; of use with two token types
//   output                     float [texts, numbers of a text]
#pragma once
#include <atomic>

#include "core/encoder/encoder.h"
#include "errors.h"
#include "model_runner.h"

struct OrtCustomOp;

namespace haypile {

// What whoever makes or runs a session tells the operator, and what that answers. The runtime calls it
// on the thread it is called from.
struct EncoderCall {
  const ModelRequest* request = nullptr;      // what the weights must fit
  const uint64_t* sum = nullptr;              // of the weights behind their header, where it was taken
  const std::atomic<bool>* stop = nullptr;    // ends the run early
  encoder::Path path = encoder::Path::kScalar;  // of a session that is made

  // Answers.
  size_t encoders = 0;  // of the session that was made
  uint64_t key = 0;     // KeyOfWeights()
  Failure failure;      // why the runtime's call failed; code "": not because of the operator
};

// Tells this thread's calls of the runtime, until it goes. One at a time.
class EncoderCallScope {
 public:
  explicit EncoderCallScope(EncoderCall& call);
  ~EncoderCallScope();
  EncoderCallScope(const EncoderCallScope&) = delete;
  EncoderCallScope& operator=(const EncoderCallScope&) = delete;
};

// Lives until the process ends.
const OrtCustomOp* TextEncoderOp();

}  // namespace haypile
