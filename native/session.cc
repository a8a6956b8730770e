#include "session.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "allocator.h"
#include "direct_model.h"
#include "file_path.h"
#include "live_copy.h"
#include "raw_file.h"
#include "model_cache.h"
#include "packed_weights.h"
#include "runtime_library.h"
#include "text_encoder_op.h"

namespace haypile {
namespace {

using Clock = std::chrono::steady_clock;

void SetEntry(const OrtRuntime& runtime, OrtSessionOptions* options, const char* key,
              const char* value) {
  runtime.Check(runtime.api().AddSessionConfigEntry(options, key, value), code::kRuntimeFailed,
                std::string("The session option ") + key + " was refused");
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

// What the runtime says of a failure of the encoder is in its own words; the encoder's have a code.
void ThrowWhatTheEncoderSaid(const OrtApi& api, OrtStatus* status, const EncoderCall& call) {
  if (status == nullptr || call.failure.code.empty()) return;
  api.ReleaseStatus(status);
  throw Error(call.failure.code, call.failure.message);
}

// The runtime's flag acts between nodes of a graph, the other inside the encoder.
class SessionState : public RunState {
 public:
  SessionState() {
    const OrtRuntime& runtime = OrtRuntime::Get();
    OrtRunOptions* raw = nullptr;
    runtime.Check(runtime.api().CreateRunOptions(&raw), code::kRuntimeFailed, "Run options");
    options_ = OrtOwned<OrtRunOptions>(
        raw, [&runtime](OrtRunOptions* it) { runtime.api().ReleaseRunOptions(it); });
  }

  void Stop() override {
    RunState::Stop();
    Ignore(OrtRuntime::Get().api().RunOptionsSetTerminate(options_.get()));
  }
  void Begin() override {
    RunState::Begin();
    Ignore(OrtRuntime::Get().api().RunOptionsUnsetTerminate(options_.get()));
  }
  void Free() override {
    for (auto* row : {&ids, &mask, &types}) std::vector<int64_t>().swap(*row);
  }

  // Writes the texts as rows of equal length, and gives that length.
  size_t FillUp(const TextRun& run, int64_t padId, bool withTypes) {
    const size_t length = *std::max_element(run.lengths, run.lengths + run.count);
    ids.assign(run.count * length, padId);
    mask.assign(run.count * length, 0);
    types.assign(withTypes ? run.count * length : 0, 0);
    size_t from = 0;
    for (size_t row = 0; row < run.count; ++row) {
      const size_t tokens = run.lengths[row];
      std::copy_n(run.ids + from, tokens, ids.begin() + row * length);
      std::fill_n(mask.begin() + row * length, tokens, 1);
      if (withTypes && run.types != nullptr) {
        std::copy_n(run.types + from, tokens, types.begin() + row * length);
      }
      from += tokens;
    }
    return length;
  }

  const OrtRunOptions* options() const { return options_.get(); }

  std::vector<int64_t> ids;
  std::vector<int64_t> mask;  // 1 = token, 0 = filling
  std::vector<int64_t> types;

 private:
  static void Ignore(OrtStatus* status) {
    if (status != nullptr) OrtRuntime::Get().api().ReleaseStatus(status);
  }

  OrtOwned<OrtRunOptions> options_;
};

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
  check(api.AddCustomOpDomain(raw, runtime.operators()));
  SetEntry(runtime, raw, "session.intra_op.allow_spinning", settings.spinning ? "1" : "0");
  if (!settings.cpuArena) SetEntry(runtime, raw, "session.use_env_allocators", "1");
  // The fused kernel is a scalar loop on CPUs and slower than the two it replaces
  // (measured: docs/decisions/0002).
  SetEntry(runtime, raw, "optimization.disable_specified_optimizers", "SkipLayerNormFusion");
  return options;
}

std::unique_ptr<Session> Session::Load(const ModelRequest& request) {
  const auto start = Clock::now();
  const OrtRuntime& runtime = OrtRuntime::Get();
  std::unique_ptr<Session> session(new Session(request));
  ModelReport& report = session->report_;
  report.engine = Engine::kOnnx;
  report.runtimeVersion = runtime.version();
  report.providerRequested = request.settings.provider;
  if (!std::filesystem::is_regular_file(FilePath(request.modelPath))) {
    throw Error(code::kModelMissing, "There is no model file at " + request.modelPath + ".");
  }
  SessionSettings& settings = session->request_.settings;
  if (settings.provider != Provider::kCpu) {
    const ProviderProbe probe = request.weightsPath.empty()
                                    ? ProbeProvider(runtime, settings.provider)
                                    : ProviderProbe{false, kPackedOnCpu};
    if (!probe.available) {
      settings.provider = Provider::kCpu;
      report.fallbackReason = probe.reason;
    }
  }

  const uint64_t before = RuntimeAllocatorUsage().bytes;
  const uint64_t mallocBefore = ReadMallocUsage().usedBytes;
  const bool isLoaded = request.weightsPath.empty() ? session->OpenCached() : session->OpenPacked();
  if (!isLoaded && request.cacheOnly) return nullptr;
  if (!isLoaded) session->OpenOrFallBack();
  session->CheckInterface();
  TrimMalloc();  // what parsing left behind: 30-60 MB otherwise stay resident
  const uint64_t after = RuntimeAllocatorUsage().bytes;  // less, when another model freed more
  report.settings = settings;
  report.sessionBytes = after > before ? after - before : 0;
  const uint64_t mallocAfter = ReadMallocUsage().usedBytes;
  report.tableBytes = mallocAfter > mallocBefore ? mallocAfter - mallocBefore : 0;
  report.loadMs = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return session;
}

// False: there is no entry, and `cacheNote` says why.
bool Session::OpenCached() {
  report_.loadedFrom = "plain";
  if (request_.settings.provider != Provider::kCpu) {
    report_.cacheNote = "the cache serves the CPU only";
    return false;
  }
  if (request_.cacheFolder.empty()) {
    report_.cacheNote = "turned off";
    return false;
  }
  CachedModel cached = CachedModelFor(OrtRuntime::Get(), request_);
  report_.cacheNote = cached.note;
  if (cached.path.empty()) return false;
  try {
    Open(cached.path, true, nullptr);
    if (RawFile::namesStay) copy_ = std::move(cached.copy);
    report_.loadedFrom = cached.built ? "built-cache" : "cache";
    return true;
  } catch (const Error& error) {
    // Its bytes were right, so the runtime itself refuses it: never try this entry again.
    DropCachedModel(cached);
    session_.reset();
    report_.cacheNote = std::string("the cached graph was refused: ") + error.what();
    return false;
  }
}

void Session::OpenOrFallBack() {
  try {
    OpenPlain();
  } catch (const Error& error) {
    if (request_.settings.provider == Provider::kCpu) throw;
    // Its libraries are there, and it cannot be used all the same: no device, no memory on it.
    report_.fallbackReason = error.what();
    request_.settings.provider = Provider::kCpu;
    session_.reset();
    OpenPlain();
  }
}

// A graph of one node has nothing to optimise or to keep: its weights are mapped as they are. False: they
// were never compared with their stated sums, and that is all that was asked for.
bool Session::OpenPacked() {
  namespace fs = std::filesystem;
  const fs::path model = FilePath(request_.modelPath);
  const fs::path weights = FilePath(request_.weightsPath);
  auto copy = std::make_unique<LiveCopy>(FilePath(request_.scratchFolder));
  const auto copied = copy->Add(model, PathText(model.filename()));
  auto sum = copied ? copy->Add(weights, PathText(weights.filename()), encoder::kHeaderBytes)
                    : std::nullopt;
  const fs::path opened = sum ? copy->folder() / model.filename() : model;
  if (!sum) sum = SumOf(weights, encoder::kHeaderBytes);
  if (!sum) throw Error(code::kModelMissing, "The file " + request_.weightsPath + " cannot be read.");
  try {
    Open(PathText(opened), true, &sum->hash);
  } catch (const Error&) {
    // The runtime's words say little of weights that are not whole; these say what is wrong, if they are.
    const PackedWeights looked(request_.weightsPath, "");
    throw;
  }
  if (RawFile::namesStay) copy_ = std::move(copy);
  report_.loadedFrom = "packed";
  if (!isPacked_) {
    throw Error(code::kModelInvalid, "The model " + request_.modelPath +
                                         " does not use the packed weights that its model.json names. "
                                         "Get the model's files again.");
  }
  const bool wasCompared = WereCompared(request_.cacheFolder, keyOfWeights_);
  if (!wasCompared && request_.cacheOnly) return false;
  if (!wasCompared) NoteCompared(request_.cacheFolder, keyOfWeights_);
  return true;
}

// The runtime reads a model file, but maps the weights where they lie in a second file: then a copy.
void Session::OpenPlain() {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path model = FilePath(request_.modelPath);
  for (const char* ending : {"_data", ".data"}) {
    const fs::path data = FilePath(request_.modelPath + ending);
    const fs::path scratch = fs::temp_directory_path(failed);
    if (!fs::is_regular_file(data, failed) || scratch.empty()) continue;
    auto copy = std::make_unique<LiveCopy>(scratch);
    if (!copy->Add(model, PathText(model.filename())) || !copy->Add(data, PathText(data.filename()))) {
      continue;
    }
    Open(PathText(copy->folder() / model.filename()), false, nullptr);
    if (RawFile::namesStay) copy_ = std::move(copy);
    report_.openedPath = request_.modelPath;
    return;
  }
  Open(request_.modelPath, false, nullptr);
}

void Session::Open(const std::string& path, bool optimised, const uint64_t* sumOfWeights) {
  const OrtRuntime& runtime = OrtRuntime::Get();
  const OrtApi& api = runtime.api();
  OrtOwned<OrtSessionOptions> options = MakeSessionOptions(runtime, request_.settings, optimised);
  AppendProvider(runtime, request_.settings.provider, request_.settings.gpu, options.get());
  EncoderCall call;
  call.request = &request_;
  call.sum = sumOfWeights;
  call.path = PathFor(request_.isa);
  const EncoderCallScope scope(call);
  OrtSession* raw = nullptr;
  OrtStatus* status = api.CreateSession(runtime.env(), RuntimePath(path).c_str(), options.get(), &raw);
  ThrowWhatTheEncoderSaid(api, status, call);
  runtime.Check(status, code::kModelDamaged,
                "The model file " + request_.modelPath + " could not be loaded");
  report_.openedPath = path;
  session_ = OrtOwned<OrtSession>(raw, [&api](OrtSession* it) { api.ReleaseSession(it); });
  isPacked_ = call.encoders > 0;
  keyOfWeights_ = call.key;
  if (isPacked_) report_.isa = encoder::NameOf(call.path);
}

std::unique_ptr<RunState> Session::NewState() const { return std::make_unique<SessionState>(); }

void Session::Run(const TextRun& run, float* out, RunState& anyState) const {
  auto& state = static_cast<SessionState&>(anyState);
  const OrtRuntime& runtime = OrtRuntime::Get();
  const OrtApi& api = runtime.api();
  const size_t length = state.FillUp(run, request_.padId, takesTokenTypes_);
  const int64_t inputShape[] = {static_cast<int64_t>(run.count), static_cast<int64_t>(length)};
  const auto input = [&](std::vector<int64_t>& data) {
    return TensorOver(runtime, data.data(), data.size() * sizeof(int64_t), inputShape, 2,
                      ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64);
  };
  OrtOwned<OrtValue> idsValue = input(state.ids);
  OrtOwned<OrtValue> maskValue = input(state.mask);
  OrtOwned<OrtValue> typesValue = takesTokenTypes_ ? input(state.types) : nullptr;
  const char* names[] = {"input_ids", "attention_mask", "token_type_ids"};
  const OrtValue* values[] = {idsValue.get(), maskValue.get(), typesValue.get()};

  const bool isScore = request_.output == Output::kScore;
  const bool inGraph = request_.pooling == Pooling::kGraph;
  std::vector<float> hidden;
  OrtOwned<OrtValue> output;
  if (!isScore) {
    const int64_t outputShape[] = {inputShape[0],
                                   inGraph ? static_cast<int64_t>(dimensions_) : inputShape[1],
                                   static_cast<int64_t>(dimensions_)};
    if (!inGraph) hidden.resize(run.count * length * dimensions_);
    float* target = inGraph ? out : hidden.data();
    const size_t outputBytes = (inGraph ? run.count * dimensions_ : hidden.size()) * sizeof(float);
    output = TensorOver(runtime, target, outputBytes, outputShape, inGraph ? 2 : 3,
                        ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT);
  }
  OrtValue* outputs[] = {output.get()};  // null: the runtime makes it, as wide as it is
  const char* outputNames[] = {outputName_.c_str()};
  EncoderCall call;
  call.stop = &state.stopped();
  const EncoderCallScope scope(call);
  OrtStatus* status = api.Run(session_.get(), state.options(), names, values,
                              takesTokenTypes_ ? 3 : 2, outputNames, 1, outputs);
  ThrowWhatTheEncoderSaid(api, status, call);
  runtime.Check(status, code::kRuntimeFailed, "The model could not be run");
  if (isScore) {
    const OrtOwned<OrtValue> logits(outputs[0], [&api](OrtValue* it) { api.ReleaseValue(it); });
    ReadScores(logits.get(), run.count, out);
  } else if (!inGraph) {
    PoolAndNormalise(request_.pooling, hidden.data(), state.mask.data(), run.count, length,
                     dimensions_, out);
  }
  CheckFinite(out, run.count * dimensions_, request_);
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
    throw Error(code::kModelInvalid, "The model " + request_.modelPath + " gave " + std::to_string(count) +
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
