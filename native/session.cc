#include "session.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <vector>

#include "allocator.h"
#include "model_cache.h"

namespace haypile {
namespace {

using Clock = std::chrono::steady_clock;

void SetEntry(const OrtRuntime& runtime, OrtSessionOptions* options, const char* key,
              const char* value) {
  runtime.Check(runtime.api().AddSessionConfigEntry(options, key, value), code::kRuntimeFailed,
                std::string("The session option ") + key + " was refused");
}

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

OrtOwned<OrtValue> TensorOver(const OrtRuntime& runtime, void* data, size_t bytes,
                              const int64_t* shape, size_t rank, ONNXTensorElementDataType type) {
  const OrtApi& api = runtime.api();
  OrtValue* value = nullptr;
  runtime.Check(api.CreateTensorWithDataAsOrtValue(runtime.cpuMemory(), data, bytes, shape, rank,
                                                   type, &value),
                code::kRuntimeFailed, "A tensor could not be made");
  return OrtOwned<OrtValue>(value, [&api](OrtValue* it) { api.ReleaseValue(it); });
}

}  // namespace

OrtOwned<OrtSessionOptions> MakeSessionOptions(const OrtRuntime& runtime,
                                               const SessionSettings& settings, bool optimised) {
  const OrtApi& api = runtime.api();
  OrtSessionOptions* raw = nullptr;
  runtime.Check(api.CreateSessionOptions(&raw), code::kRuntimeFailed, "Session options");
  OrtOwned<OrtSessionOptions> options(
      raw, [&api](OrtSessionOptions* it) { api.ReleaseSessionOptions(it); });
  const auto check = [&](OrtStatus* status) {
    runtime.Check(status, code::kRuntimeFailed, "A session option was refused");
  };
  check(api.SetSessionLogSeverityLevel(raw, ORT_LOGGING_LEVEL_FATAL));
  check(api.SetSessionExecutionMode(raw, ORT_SEQUENTIAL));
  check(api.SetInterOpNumThreads(raw, 1));
  check(api.SetIntraOpNumThreads(raw, settings.intraOpThreads));
  check(settings.cpuArena ? api.EnableCpuMemArena(raw) : api.DisableCpuMemArena(raw));
  check(settings.memoryPattern ? api.EnableMemPattern(raw) : api.DisableMemPattern(raw));
  check(api.SetSessionGraphOptimizationLevel(raw, optimised ? ORT_DISABLE_ALL : ORT_ENABLE_ALL));
  SetEntry(runtime, raw, "session.intra_op.allow_spinning", settings.spinning ? "1" : "0");
  if (!settings.cpuArena) SetEntry(runtime, raw, "session.use_env_allocators", "1");
  // The fused kernel is a scalar loop on CPUs and slower than the two it replaces
  // (measured: docs/decisions/0002).
  SetEntry(runtime, raw, "optimization.disable_specified_optimizers", "SkipLayerNormFusion");
  return options;
}

std::unique_ptr<Session> Session::Load(const SessionRequest& request) {
  const auto start = Clock::now();
  const OrtRuntime& runtime = OrtRuntime::Get();
  std::unique_ptr<Session> session(new Session());
  session->report_.settings = request.settings;
  session->report_.providerRequested = request.settings.provider;
  if (!std::filesystem::is_regular_file(request.modelPath)) {
    throw Error(code::kModelMissing, "There is no model file at " + request.modelPath + ".");
  }

  if (request.settings.provider != Provider::kCpu) {
    const ProviderProbe probe = ProbeProvider(runtime, request.settings.provider);
    if (!probe.available) {
      session->report_.settings.provider = Provider::kCpu;
      session->report_.fallbackReason = probe.reason;
    }
  }

  const uint64_t before = RuntimeAllocatorUsage().bytes;
  const uint64_t mallocBefore = ReadMallocUsage().usedBytes;
  SessionRequest effective = request;
  effective.settings = session->report_.settings;
  session->report_.loadedFrom = "plain";
  if (effective.settings.provider != Provider::kCpu) {
    session->report_.cacheNote = "the cache serves the CPU only";
  } else if (request.cacheFolder.empty()) {
    session->report_.cacheNote = "turned off";
  } else {
    const CachedModel cached = CachedModelFor(runtime, effective);
    session->report_.cacheNote = cached.note;
    if (!cached.path.empty()) {
      try {
        session->Open(effective, cached.path, true);
        session->report_.loadedFrom = cached.built ? "built-cache" : "cache";
      } catch (const Error& error) {
        // Its bytes were right, so the runtime itself refuses it: never try this entry again.
        DropCachedModel(cached);
        session->session_.reset();
        session->report_.cacheNote = std::string("the cached graph was refused: ") + error.what();
      }
    }
  }
  if (!session->session_ && request.cacheOnly) return nullptr;
  if (!session->session_) {
    try {
      session->OpenPlain(effective);
    } catch (const Error& error) {
      if (effective.settings.provider == Provider::kCpu) throw;
      // Its libraries are there, and it cannot be used all the same: no device, no memory on it.
      session->report_.fallbackReason = error.what();
      session->report_.settings.provider = Provider::kCpu;
      effective.settings.provider = Provider::kCpu;
      session->session_.reset();
      session->OpenPlain(effective);
    }
  }
  session->CheckInterface(effective);
  TrimMalloc();  // what parsing left behind: 30-60 MB otherwise stay resident
  const uint64_t after = RuntimeAllocatorUsage().bytes;  // less, when another model freed more
  session->report_.sessionBytes = after > before ? after - before : 0;
  const uint64_t mallocAfter = ReadMallocUsage().usedBytes;
  session->report_.tableBytes = mallocAfter > mallocBefore ? mallocAfter - mallocBefore : 0;
  session->report_.loadMs =
      std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return session;
}

// The runtime reads a model file, but maps the weights where they lie in a second file: then a copy.
void Session::OpenPlain(const SessionRequest& request) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path model = request.modelPath;
  for (const char* ending : {"_data", ".data"}) {
    const fs::path data = request.modelPath + ending;
    const fs::path scratch = fs::temp_directory_path(failed);
    if (!fs::is_regular_file(data, failed) || scratch.empty()) continue;
    LiveCopy copy(scratch);
    if (!copy.Add(model, model.filename().string()) || !copy.Add(data, data.filename().string())) {
      continue;
    }
    Open(request, (copy.folder() / model.filename()).string(), false);
    report_.openedPath = request.modelPath;
    return;
  }
  Open(request, request.modelPath, false);
}

void Session::Open(const SessionRequest& request, const std::string& path, bool optimised) {
  const OrtRuntime& runtime = OrtRuntime::Get();
  const OrtApi& api = runtime.api();
  OrtOwned<OrtSessionOptions> options = MakeSessionOptions(runtime, request.settings, optimised);
  AppendProvider(runtime, request.settings.provider, options.get());
  OrtSession* raw = nullptr;
  runtime.Check(api.CreateSession(runtime.env(), path.c_str(), options.get(), &raw),
                code::kModelDamaged, "The model file " + request.modelPath + " could not be loaded");
  report_.openedPath = path;
  session_ = OrtOwned<OrtSession>(raw, [&api](OrtSession* it) { api.ReleaseSession(it); });
}

void Session::CheckInterface(const SessionRequest& request) {
  const std::string about = "The model " + request.modelPath;
  CheckInputs(about);
  output_ = request.output;
  modelPath_ = request.modelPath;
  if (output_ == Output::kScore) return FindScores(about);
  FindVectors(request, about);
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

void Session::FindVectors(const SessionRequest& request, const std::string& about) {
  const OrtRuntime& runtime = OrtRuntime::Get();
  size_t outputs = 0;
  runtime.Check(runtime.api().SessionGetOutputCount(session_.get(), &outputs), code::kModelInvalid,
                about);
  const size_t wantedRank = request.pooling == Pooling::kGraph ? 2 : 3;
  std::string seen;
  for (size_t i = 0; i < outputs && outputName_.empty(); ++i) {
    const TensorInfo info = Describe(runtime, session_.get(), i, false);
    seen += (seen.empty() ? "" : ", ") + info.name;
    if (info.type != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT || info.shape.size() != wantedRank) continue;
    const int64_t width = info.shape.back();
    if (width > 0 && static_cast<size_t>(width) != request.dimensions) {
      throw Error(code::kModelInvalid, about + " gives " + std::to_string(width) +
                                           " dimensions where " +
                                           std::to_string(request.dimensions) +
                                           " were expected. Its model.json does not fit it.");
    }
    outputName_ = info.name;
  }
  if (outputName_.empty()) {
    throw Error(code::kModelInvalid,
                about + " has no float output of rank " + std::to_string(wantedRank) +
                    " (outputs: " + seen + "). Its pooling is not the one model.json names.");
  }
  pooling_ = request.pooling;
  dimensions_ = request.dimensions;
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

void Session::Run(const TokenRows& rows, float* out, const OrtRunOptions* run) const {
  const OrtRuntime& runtime = OrtRuntime::Get();
  const OrtApi& api = runtime.api();
  const int64_t inputShape[] = {static_cast<int64_t>(rows.count),
                                static_cast<int64_t>(rows.length)};
  const size_t inputBytes = rows.count * rows.length * sizeof(int64_t);
  const auto input = [&](const int64_t* data) {
    return TensorOver(runtime, const_cast<int64_t*>(data), inputBytes, inputShape, 2,
                      ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64);
  };
  OrtOwned<OrtValue> idsValue = input(rows.ids);
  OrtOwned<OrtValue> maskValue = input(rows.mask);
  OrtOwned<OrtValue> typesValue;
  std::vector<int64_t> noTypes;
  const char* names[] = {"input_ids", "attention_mask", "token_type_ids"};
  const OrtValue* values[] = {idsValue.get(), maskValue.get(), nullptr};
  size_t inputs = 2;
  if (takesTokenTypes_) {
    if (rows.types == nullptr) noTypes.assign(rows.count * rows.length, 0);
    typesValue = input(rows.types == nullptr ? noTypes.data() : rows.types);
    values[2] = typesValue.get();
    inputs = 3;
  }

  const bool inGraph = pooling_ == Pooling::kGraph;
  std::vector<float> hidden;
  OrtOwned<OrtValue> output;
  if (output_ == Output::kVector) {
    const int64_t outputShape[] = {inputShape[0],
                                   inGraph ? static_cast<int64_t>(dimensions_) : inputShape[1],
                                   static_cast<int64_t>(dimensions_)};
    if (!inGraph) hidden.resize(rows.count * rows.length * dimensions_);
    float* target = inGraph ? out : hidden.data();
    const size_t outputBytes =
        (inGraph ? rows.count * dimensions_ : hidden.size()) * sizeof(float);
    output = TensorOver(runtime, target, outputBytes, outputShape, inGraph ? 2 : 3,
                        ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT);
  }
  OrtValue* outputs[] = {output.get()};  // null: the runtime makes it, as wide as it is
  const char* outputNames[] = {outputName_.c_str()};
  runtime.Check(api.Run(session_.get(), run, names, values, inputs, outputNames, 1, outputs),
                code::kRuntimeFailed, "The model could not be run");
  if (output_ == Output::kScore) {
    const OrtOwned<OrtValue> logits(outputs[0], [&api](OrtValue* it) { api.ReleaseValue(it); });
    ReadScores(logits.get(), rows.count, out);
  } else if (!inGraph) {
    PoolAndNormalise(pooling_, hidden.data(), rows.mask, rows.count, rows.length, dimensions_, out);
  }
  const auto isNumber = [](float value) { return std::isfinite(value); };
  if (std::all_of(out, out + rows.count * dimensions_, isNumber)) return;
  throw Error(code::kModelInvalid,
              "The model " + modelPath_ + " gave " +
                  (output_ == Output::kScore ? "a score" : "a vector") +
                  " that is no number. Its weights are damaged, or do not fit its number format; "
                  "use another file of it.");
}

void Session::ReadScores(OrtValue* logits, size_t rows, float* out) const {
  const OrtRuntime& runtime = OrtRuntime::Get();
  const OrtApi& api = runtime.api();
  OrtTensorTypeAndShapeInfo* raw = nullptr;
  runtime.Check(api.GetTensorTypeAndShape(logits, &raw), code::kRuntimeFailed, "Scores");
  const OrtOwned<OrtTensorTypeAndShapeInfo> info(
      raw, [&api](OrtTensorTypeAndShapeInfo* it) { api.ReleaseTensorTypeAndShapeInfo(it); });
  size_t count = 0;
  runtime.Check(api.GetTensorShapeElementCount(raw, &count), code::kRuntimeFailed, "Scores");
  if (count != rows && count != rows * 2) {
    throw Error(code::kModelInvalid, "The model " + modelPath_ + " gave " + std::to_string(count) +
                                         " numbers for " + std::to_string(rows) +
                                         " pairs; expected 1 or 2 for each.");
  }
  void* data = nullptr;
  runtime.Check(api.GetTensorMutableData(logits, &data), code::kRuntimeFailed, "Scores");
  const float* values = static_cast<const float*>(data);
  for (size_t row = 0; row < rows; ++row) {
    // Of two classes the second means "goes together".
    out[row] = count == rows ? values[row] : values[row * 2 + 1] - values[row * 2];
  }
}

}  // namespace haypile
