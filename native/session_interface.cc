// Whether a model has the inputs and outputs of a text model, and which of them a session uses.
#include "session.h"

#include <vector>

namespace haypile {
namespace {

struct TensorInfo {
  std::string name;
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::vector<int64_t> shape;  // -1 = free
};

TensorInfo Describe(const OrtRuntime& runtime, const OrtSession* session, size_t index, bool input) {
  const OrtApi& api = runtime.api();
  OrtAllocator* allocator = nullptr;
  runtime.Check(api.GetAllocatorWithDefaultOptions(&allocator), code::kRuntimeFailed, "Allocator");
  TensorInfo info;
  char* name = nullptr;
  runtime.Check(input ? api.SessionGetInputName(session, index, allocator, &name)
                      : api.SessionGetOutputName(session, index, allocator, &name),
                code::kModelInvalid, "A name of the model's interface could not be read");
  info.name = name;
  allocator->Free(allocator, name);

  OrtTypeInfo* rawType = nullptr;
  runtime.Check(input ? api.SessionGetInputTypeInfo(session, index, &rawType)
                      : api.SessionGetOutputTypeInfo(session, index, &rawType),
                code::kModelInvalid, "A type of the model's interface could not be read");
  OrtOwned<OrtTypeInfo> type(rawType, [&api](OrtTypeInfo* it) { api.ReleaseTypeInfo(it); });
  const OrtTensorTypeAndShapeInfo* tensor = nullptr;
  runtime.Check(api.CastTypeInfoToTensorInfo(rawType, &tensor), code::kModelInvalid, "Tensor type");
  if (tensor == nullptr) return info;
  size_t rank = 0;
  runtime.Check(api.GetTensorElementType(tensor, &info.type), code::kModelInvalid, "Element type");
  runtime.Check(api.GetDimensionsCount(tensor, &rank), code::kModelInvalid, "Rank");
  info.shape.resize(rank);
  runtime.Check(api.GetDimensions(tensor, info.shape.data(), rank), code::kModelInvalid, "Shape");
  return info;
}

}  // namespace

void Session::CheckInterface() {
  const std::string about = "The model " + request_.modelPath;
  CheckInputs(about);
  if (request_.output == Output::kScore) return FindScores(about);
  FindVectors(about);
}

void Session::CheckInputs(const std::string& about) {
  const OrtRuntime& runtime = OrtRuntime::Get();
  size_t inputs = 0;
  runtime.Check(runtime.api().SessionGetInputCount(session_.get(), &inputs), code::kModelInvalid,
                about);
  bool ids = false;
  bool mask = false;
  for (size_t i = 0; i < inputs; ++i) {
    const TensorInfo info = Describe(runtime, session_.get(), i, true);
    const bool fits =
        info.type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 && info.shape.size() == 2;
    if (fits && info.name == "input_ids") {
      ids = true;
    } else if (fits && info.name == "attention_mask") {
      mask = true;
    } else if (fits && info.name == "token_type_ids") {
      takesTokenTypes_ = true;
    } else {
      throw Error(code::kModelInvalid,
                  about + " has the input \"" + info.name +
                      "\"; expected input_ids, attention_mask and at most token_type_ids, each "
                      "int64 of [texts, tokens]. It is not a text model of a known form.");
    }
  }
  if (!ids || !mask) {
    throw Error(code::kModelInvalid,
                about + " has no input \"" + (ids ? "attention_mask" : "input_ids") + "\".");
  }
}

void Session::FindVectors(const std::string& about) {
  const OrtRuntime& runtime = OrtRuntime::Get();
  size_t outputs = 0;
  runtime.Check(runtime.api().SessionGetOutputCount(session_.get(), &outputs), code::kModelInvalid,
                about);
  const size_t wantedRank = request_.pooling == Pooling::kGraph ? 2 : 3;
  std::string seen;
  for (size_t i = 0; i < outputs && outputName_.empty(); ++i) {
    const TensorInfo info = Describe(runtime, session_.get(), i, false);
    seen += (seen.empty() ? "" : ", ") + info.name;
    if (info.type != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT || info.shape.size() != wantedRank) continue;
    const int64_t width = info.shape.back();
    if (width > 0 && static_cast<size_t>(width) != request_.dimensions) {
      throw Error(code::kModelInvalid, about + " gives " + std::to_string(width) +
                                           " dimensions where " +
                                           std::to_string(request_.dimensions) +
                                           " were expected. Its model.json does not fit it.");
    }
    outputName_ = info.name;
  }
  if (outputName_.empty()) {
    throw Error(code::kModelInvalid,
                about + " has no float output of rank " + std::to_string(wantedRank) +
                    " (outputs: " + seen + "). Its pooling is not the one model.json names.");
  }
  dimensions_ = request_.dimensions;
}

void Session::FindScores(const std::string& about) {
  const OrtRuntime& runtime = OrtRuntime::Get();
  size_t outputs = 0;
  runtime.Check(runtime.api().SessionGetOutputCount(session_.get(), &outputs), code::kModelInvalid,
                about);
  std::string seen;
  for (size_t i = 0; i < outputs; ++i) {
    const TensorInfo info = Describe(runtime, session_.get(), i, false);
    seen += (seen.empty() ? "" : ", ") + info.name + " [";
    for (size_t axis = 0; axis < info.shape.size(); ++axis) {
      seen += (axis == 0 ? "" : ", ") +
              (info.shape[axis] < 0 ? std::string("?") : std::to_string(info.shape[axis]));
    }
    seen += "]";
    const int64_t width = info.shape.size() == 2 ? info.shape[1] : 0;
    const bool fits = info.type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT &&
                      (width == -1 || width == 1 || width == 2);
    if (fits && (info.name == "logits" || outputs == 1)) outputName_ = info.name;
  }
  if (outputName_.empty()) {
    throw Error(code::kModelInvalid,
                about + " gives " + seen +
                    "; a reranker gives logits of [pairs, 1] or [pairs, 2]. Expected a cross-encoder "
                    "(...ForSequenceClassification), not an embedding model.");
  }
  dimensions_ = 1;
}

}  // namespace haypile
