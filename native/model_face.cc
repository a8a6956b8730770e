#include "model_face.h"

#include "allocator.h"
#include "placement.h"
#include "promise_worker.h"
#include "providers.h"
#include "tokenizer.h"

namespace haypile {
namespace {

Pooling PoolingByName(const std::string& name) {
  if (name == "graph") return Pooling::kGraph;
  if (name == "mean") return Pooling::kMean;
  if (name == "cls") return Pooling::kCls;
  throw Error(code::kUsage,
              "Expected graph, mean or cls for the pooling, received \"" + name + "\".");
}

Engine EngineByName(const std::string& name) {
  if (name == "onnx") return Engine::kOnnx;
  if (name == "direct") return Engine::kDirect;
  throw Error(code::kUsage, "Expected onnx or direct for the engine, received \"" + name + "\".");
}

// Reads a whole number in a range, or throws what was expected.
int64_t NumberOf(const Napi::Object& from, const char* name, int64_t low, int64_t high) {
  const Napi::Value value = from.Get(name);
  const int64_t number = value.IsNumber() ? value.As<Napi::Number>().Int64Value() : low - 1;
  if (number < low || number > high) {
    throw Error(code::kUsage, std::string("Expected ") + std::to_string(low) + " to " +
                                  std::to_string(high) + " for " + name + ", received " +
                                  value.ToString().Utf8Value() + ".");
  }
  return number;
}

class LoadWorker : public PromiseWorker {
 public:
  LoadWorker(Napi::Env env, ModelRequest request, std::shared_ptr<const WordPiece> tokenizer,
             EmbedQueue::Settings settings, Napi::FunctionReference EnvData::*constructor)
      : PromiseWorker(env),
        request_(std::move(request)),
        model_(new LoadedModel()),
        constructor_(constructor) {
    model_->tokenizer = std::move(tokenizer);
    model_->settings = settings;
  }

 protected:
  void Work() override {
    {
      // Weights are touched here first, and by each worker what it works with.
      const MemoryOnNode near(request_.memoryNode);
      model_->runner = LoadRunner(request_);
    }
    if (model_->runner == nullptr) return;
    model_->report = model_->runner->report();
    PurgeThreadMemory();
  }
  Napi::Value Result(Napi::Env env) override {
    if (model_->runner == nullptr) return env.Undefined();
    return (DataOf(env).*constructor_).New({Napi::External<LoadedModel>::New(env, model_.get())});
  }

 private:
  ModelRequest request_;
  std::unique_ptr<LoadedModel> model_;
  Napi::FunctionReference EnvData::*constructor_;
};

}  // namespace

Napi::Value LoadModel(const Napi::CallbackInfo& info, Output output,
                      Napi::FunctionReference EnvData::*constructor) {
  const Napi::Env env = info.Env();
  return Guarded(env, [&]() -> Napi::Value {
    if (info.Length() < 1 || !info[0].IsObject()) {
      throw Error(code::kUsage, "Expected options of a model.");
    }
    const auto options = info[0].As<Napi::Object>();
    const auto session = options.Get("session").As<Napi::Object>();
    ModelRequest request;
    const auto textOf = [&](const char* name) { return options.Get(name).ToString().Utf8Value(); };
    request.engine = EngineByName(textOf("engine"));
    request.modelPath = textOf("modelPath");
    request.weightsPath = textOf("weightsPath");
    request.isa = textOf("isa");
    request.scratchFolder = textOf("scratchFolder");
    request.cacheFolder = textOf("cacheFolder");
    request.cacheOnly = options.Get("cacheOnly").ToBoolean();
    request.output = output;
    request.dimensions = static_cast<size_t>(NumberOf(options, "dimensions", 1, 65536));
    request.pooling = PoolingByName(textOf("pooling"));
    request.settings.intraOpThreads =
        static_cast<int>(NumberOf(session, "intraOpThreads", 1, 1024));
    request.settings.spinning = session.Get("spinning").ToBoolean();
    request.settings.cpuArena = session.Get("cpuArena").ToBoolean();
    request.settings.memoryPattern = session.Get("memoryPattern").ToBoolean();
    request.settings.provider = ProviderByName(session.Get("provider").ToString().Utf8Value());
    request.settings.gpu.memoryBytes =
        static_cast<uint64_t>(NumberOf(session, "gpuMemoryBytes", 0, int64_t{1} << 50));
    request.settings.gpu.arena = GpuArenaByName(session.Get("gpuArena").ToString().Utf8Value());
    // A pair has three special tokens.
    const int64_t leastTokens = output == Output::kScore ? 4 : 2;
    EmbedQueue::Settings settings;
    settings.maxTokens = static_cast<size_t>(NumberOf(options, "maxTokens", leastTokens, 1 << 20));
    request.maxTokens = settings.maxTokens;
    settings.tokensPerRun = static_cast<size_t>(NumberOf(options, "tokensPerRun", 1, 1 << 20));
    settings.workers = static_cast<int>(NumberOf(options, "workers", 1, 1024));
    PlacementRequest placement;
    placement.pin = options.Get("pin").ToBoolean();
    placement.numaNode = static_cast<int>(NumberOf(options, "numaNode", -1, 4095));
    settings.placement =
        PlanPlacement(placement, settings.workers, ReadNumaNodes(""), BindableCpus());
    request.memoryNode = settings.placement.memoryNode;
    const Napi::Value tokenizer = options.Get("tokenizer");
    std::shared_ptr<const WordPiece> wordPiece;
    if (tokenizer.IsObject()) {
      wordPiece = Tokenizer::From(tokenizer);
      request.padId = wordPiece->PadId();
    } else {
      request.padId = static_cast<int32_t>(NumberOf(options, "padId", 0, INT32_MAX));
    }
    return (new LoadWorker(env, std::move(request), std::move(wordPiece), settings, constructor))
        ->Start();
  });
}

LoadedModel& LoadedModelOf(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsExternal()) {
    throw ToJsError(info.Env(), code::kUsage, "A loaded model is made by load(options).");
  }
  return *info[0].As<Napi::External<LoadedModel>>().Data();
}

Napi::Object ReportOf(Napi::Env env, const ModelReport& report,
                      const EmbedQueue::Settings& settings) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("engine", report.engine == Engine::kDirect ? "direct" : "onnx");
  object.Set("isa", report.isa);
  object.Set("runtimeVersion", report.runtimeVersion);
  object.Set("intraOpThreads", report.settings.intraOpThreads);
  object.Set("spinning", report.settings.spinning);
  object.Set("cpuArena", report.settings.cpuArena);
  object.Set("memoryPattern", report.settings.memoryPattern);
  object.Set("provider", ProviderName(report.settings.provider));
  object.Set("providerRequested", ProviderName(report.providerRequested));
  object.Set("gpuMemoryBytes", static_cast<double>(report.settings.gpu.memoryBytes));
  object.Set("gpuArena", GpuArenaName(report.settings.gpu.arena));
  object.Set("fallbackReason", report.fallbackReason);
  object.Set("loadedFrom", report.loadedFrom);
  object.Set("cacheNote", report.cacheNote);
  object.Set("loadMs", report.loadMs);
  object.Set("workers", settings.workers);
  object.Set("placement", settings.placement.note);
  object.Set("tokensPerRun", static_cast<double>(settings.tokensPerRun));
  object.Set("sessionBytes", static_cast<double>(report.sessionBytes));
  object.Set("openedPath", report.openedPath);
  object.Set("tableBytes", static_cast<double>(report.tableBytes));
  return object;
}

}  // namespace haypile
