#include "text_encoder_op.h"

#include <vector>

#include "ort_runtime.h"
#include "packed_weights.h"

namespace haypile {
namespace {

enum Input : size_t { kIds, kMask, kWeights, kTypes, kInputs };

thread_local EncoderCall* t_call = nullptr;

// No exception may pass through the runtime: what is thrown becomes a status, and is kept for the caller.
template <typename Work>
OrtStatus* Guarded(const Work& work) {
  Failure failure;
  try {
    work();
    return nullptr;
  } catch (...) {
    failure = CaughtFailure("running the text encoder");
  }
  OrtStatus* status =
      OrtRuntime::Get().api().CreateStatus(ORT_FAIL, failure.message.c_str());
  if (t_call != nullptr) t_call->failure = std::move(failure);
  return status;
}

void Check(OrtStatus* status, const char* what) {
  OrtRuntime::Get().Check(status, code::kRuntimeFailed, std::string("Text encoder: ") + what);
}

std::vector<int64_t> ShapeOf(const OrtValue* value) {
  const OrtApi& api = OrtRuntime::Get().api();
  OrtTensorTypeAndShapeInfo* raw = nullptr;
  Check(api.GetTensorTypeAndShape(value, &raw), "shape");
  const OrtOwned<OrtTensorTypeAndShapeInfo> info(
      raw, [&api](OrtTensorTypeAndShapeInfo* it) { api.ReleaseTensorTypeAndShapeInfo(it); });
  size_t rank = 0;
  Check(api.GetDimensionsCount(raw, &rank), "rank");
  std::vector<int64_t> shape(rank);
  Check(api.GetDimensions(raw, shape.data(), rank), "dimensions");
  return shape;
}

template <typename T>
T* DataOf(const OrtValue* value) {
  void* data = nullptr;
  Check(OrtRuntime::Get().api().GetTensorMutableData(const_cast<OrtValue*>(value), &data), "data");
  return static_cast<T*>(data);
}

class Kernel {
 public:
  // Uses the weights where the runtime has mapped them; it keeps them as long as the kernel.
  explicit Kernel(const OrtKernelInfo* info) : path_(t_call ? t_call->path : encoder::BestPath()) {
    int isConstant = 0;
    const OrtValue* value = nullptr;
    Check(OrtRuntime::Get().api().KernelInfoGetConstantInput_tensor(info, kWeights, &isConstant, &value),
          "weights");
    if (isConstant == 0 || value == nullptr) {
      throw Error(code::kModelInvalid,
                  "The weights of a TextEncoder are no constant. Make its model.onnx again.");
    }
    const std::vector<int64_t> shape = ShapeOf(value);
    const size_t size = shape.size() == 1 ? static_cast<size_t>(shape[0]) : 0;
    const auto* bytes = DataOf<const uint8_t>(value);
    if (reinterpret_cast<uintptr_t>(bytes) % encoder::kSectionAlignment != 0) {
      throw Error(code::kModelInvalid,
                  "The weights of a TextEncoder lie at an odd place. Their offset in the file must be 0.");
    }
    const ModelRequest* request = t_call ? t_call->request : nullptr;
    name_ = request == nullptr        ? "of a TextEncoder"
                 : request->weightsPath.empty() ? request->modelPath
                                                : request->weightsPath;
    OpenChecked(name_, bytes, size, t_call ? t_call->sum : nullptr, &weights_);
    if (t_call == nullptr) return;
    if (request != nullptr) CheckShape(weights_.shape, *request);
    ++t_call->encoders;
    t_call->key = KeyOfWeights(bytes);
  }

  void Compute(OrtKernelContext* context) const {
    const OrtValue* ids = InputOf(context, kIds);
    const OrtValue* mask = InputOf(context, kMask);
    const OrtValue* types = weights_.shape.types == 2 ? InputOf(context, kTypes) : nullptr;
    const std::vector<int64_t> shape = ShapeOf(ids);
    if (shape.size() != 2 || ShapeOf(mask) != shape || (types != nullptr && ShapeOf(types) != shape)) {
      throw Error(code::kRuntimeFailed,
                  "Text encoder: expected ids, mask and types of one shape [texts, tokens].");
    }
    Pack(shape[0], shape[1], DataOf<const int64_t>(ids), DataOf<const int64_t>(mask),
         types == nullptr ? nullptr : DataOf<const int64_t>(types), context);
  }

 private:
  static const OrtValue* InputOf(OrtKernelContext* context, size_t index) {
    const OrtApi& api = OrtRuntime::Get().api();
    size_t count = 0;
    Check(api.KernelContext_GetInputCount(context, &count), "inputs");
    const OrtValue* value = nullptr;
    if (index < count) Check(api.KernelContext_GetInput(context, index, &value), "input");
    return value;
  }

  // Leaves the filling out and runs the rest.
  void Pack(int64_t texts, int64_t length, const int64_t* ids, const int64_t* mask,
            const int64_t* types, OrtKernelContext* context) const {
    std::vector<int32_t> packedIds;
    std::vector<uint8_t> packedTypes;
    std::vector<uint32_t> lengths;
    for (int64_t text = 0; text < texts; ++text) {
      const size_t before = packedIds.size();
      for (int64_t i = text * length; i < (text + 1) * length; ++i) {
        if (mask[i] == 0) continue;
        packedIds.push_back(Narrow<int32_t>(ids[i]));
        if (types != nullptr) packedTypes.push_back(Narrow<uint8_t>(types[i]));
      }
      lengths.push_back(static_cast<uint32_t>(packedIds.size() - before));
    }
    const encoder::Batch batch{packedIds.data(), types == nullptr ? nullptr : packedTypes.data(),
                               lengths.data(), lengths.size()};
    CheckBatch(weights_, batch, name_);
    const int64_t outShape[] = {texts, static_cast<int64_t>(weights_.OutputWidth())};
    OrtValue* out = nullptr;
    Check(OrtRuntime::Get().api().KernelContext_GetOutput(context, 0, outShape, 2, &out), "output");
    Encode(batch, DataOf<float>(out), context);
  }

  // In working memory of the session's own allocator, so that it is counted with the rest.
  void Encode(const encoder::Batch& batch, float* out, OrtKernelContext* context) const {
    const OrtRuntime& runtime = OrtRuntime::Get();
    const OrtApi& api = runtime.api();
    OrtAllocator* raw = nullptr;
    Check(api.KernelContext_GetAllocator(context, runtime.cpuMemory(), &raw), "allocator");
    const OrtOwned<OrtAllocator> allocator(raw, [&api](OrtAllocator* it) { api.ReleaseAllocator(it); });
    void* space = nullptr;
    Check(api.AllocatorAlloc(raw, encoder::SpaceFor(weights_, batch), &space), "working memory");
    const std::atomic<bool>* stop = t_call ? t_call->stop : nullptr;
    const bool isDone = encoder::Encode(path_, weights_, batch, space, out, stop);
    Check(api.AllocatorFree(raw, space), "working memory");
    if (!isDone) throw Error(code::kAborted, "The run was stopped.");
  }

  // A number of the model's inputs that does not fit becomes one that no model has.
  template <typename T>
  static T Narrow(int64_t value) {
    const auto narrow = static_cast<T>(value);
    return narrow == value ? narrow : static_cast<T>(-1);
  }

  const encoder::Path path_;
  std::string name_;
  encoder::Weights weights_;
};

OrtStatus* ORT_API_CALL Create(const OrtCustomOp*, const OrtApi*, const OrtKernelInfo* info, void** made) {
  return Guarded([&] { *made = new Kernel(info); });
}

OrtStatus* ORT_API_CALL Compute(void* kernel, OrtKernelContext* context) {
  return Guarded([&] { static_cast<const Kernel*>(kernel)->Compute(context); });
}

void ORT_API_CALL Destroy(void* kernel) { delete static_cast<Kernel*>(kernel); }

OrtCustomOp MakeOp() {
  OrtCustomOp op{};
  op.version = ORT_API_VERSION;
  op.GetName = [](const OrtCustomOp*) { return "TextEncoder"; };
  op.GetExecutionProviderType = [](const OrtCustomOp*) -> const char* { return "CPUExecutionProvider"; };
  op.GetInputTypeCount = [](const OrtCustomOp*) -> size_t { return kInputs; };
  op.GetInputType = [](const OrtCustomOp*, size_t index) {
    return index == kWeights ? ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 : ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
  };
  op.GetInputCharacteristic = [](const OrtCustomOp*, size_t index) {
    return index == kTypes ? INPUT_OUTPUT_OPTIONAL : INPUT_OUTPUT_REQUIRED;
  };
  op.GetInputMemoryType = [](const OrtCustomOp*, size_t) { return OrtMemTypeDefault; };
  op.GetOutputTypeCount = [](const OrtCustomOp*) -> size_t { return 1; };
  op.GetOutputType = [](const OrtCustomOp*, size_t) { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; };
  op.GetOutputCharacteristic = [](const OrtCustomOp*, size_t) { return INPUT_OUTPUT_REQUIRED; };
  op.GetVariadicInputMinArity = [](const OrtCustomOp*) { return 1; };
  op.GetVariadicInputHomogeneity = [](const OrtCustomOp*) { return 1; };
  op.GetVariadicOutputMinArity = [](const OrtCustomOp*) { return 1; };
  op.GetVariadicOutputHomogeneity = [](const OrtCustomOp*) { return 1; };
  op.GetStartVersion = [](const OrtCustomOp*) { return 1; };
  op.GetEndVersion = [](const OrtCustomOp*) { return 1; };
  op.CreateKernelV2 = Create;
  op.KernelComputeV2 = Compute;
  op.KernelDestroy = Destroy;
  return op;
}

}  // namespace

EncoderCallScope::EncoderCallScope(EncoderCall& call) { t_call = &call; }
EncoderCallScope::~EncoderCallScope() { t_call = nullptr; }

const OrtCustomOp* TextEncoderOp() {
  static const OrtCustomOp op = MakeOp();
  return &op;
}

}  // namespace haypile
