#include "direct_model.h"

#include <chrono>
#include <vector>

#include "allocator.h"
#include "errors.h"
#include "word_rows.h"

namespace haypile {
namespace {

using Clock = std::chrono::steady_clock;

// Working memory grows in such steps, so that runs of nearly one size use the same.
constexpr size_t kStep = 64 * 1024;

class DirectState : public RunState {
 public:
  ~DirectState() override { GiveBack(); }
  void Free() override {
    GiveBack();
    words.Free();
    std::vector<float>().swap(labels);
  }

  // Throws std::bad_alloc.
  void* SpaceOf(size_t bytes) {
    if (bytes > size_) {
      GiveBack();
      const size_t wanted = (bytes + kStep - 1) / kStep * kStep;
      space_ = TakeCounted(wanted);
      size_ = wanted;
    }
    return space_;
  }

  std::vector<float> labels;  // of a classifier of two
  WordRows words;

 private:
  void GiveBack() {
    GiveCounted(space_);
    space_ = nullptr;
    size_ = 0;
  }

  void* space_ = nullptr;
  size_t size_ = 0;
};

std::string NamesOf(const std::vector<encoder::Path>& paths) {
  std::string names;
  for (const encoder::Path path : paths) names += (names.empty() ? "" : ", ") + std::string(encoder::NameOf(path));
  return names;
}

}  // namespace

encoder::Path PathFor(const std::string& isa) {
  if (isa.empty() || isa == "auto") return encoder::BestPath();
  const auto path = encoder::PathByName(isa);
  if (path && encoder::Supported(*path)) return *path;
  throw Error(code::kUsage, "Expected auto or what this CPU has (" +
                                NamesOf(encoder::SupportedPaths()) + ") for model.isa, but got \"" +
                                isa + "\". Choose one of these, or leave HAYPILE_ISA away.");
}

DirectModel::DirectModel(const ModelRequest& request)
    : request_(request), path_(PathFor(request.isa)), file_(request.weightsPath, request.scratchFolder) {
  CheckShape(file_.weights().shape, request);
}

std::unique_ptr<DirectModel> DirectModel::Load(const ModelRequest& request) {
  const auto start = Clock::now();
  if (request.weightsPath.empty()) {
    throw Error(code::kUsage, "The model " + request.modelPath +
                                  " has no packed weights, which the engine \"direct\" needs. Use the "
                                  "engine \"onnx\" or \"auto\".");
  }
  std::unique_ptr<DirectModel> model(new DirectModel(request));
  const bool wasCompared = WereCompared(request.cacheFolder, model->file_.key());
  if (request.cacheOnly && !wasCompared) return nullptr;
  if (!wasCompared) NoteCompared(request.cacheFolder, model->file_.key());
  ModelReport& report = model->report_;
  report.engine = Engine::kDirect;
  report.isa = encoder::NameOf(model->path_);
  report.settings = request.settings;
  report.settings.intraOpThreads = 1;
  report.settings.spinning = false;
  report.settings.cpuArena = false;
  report.settings.memoryPattern = false;
  report.settings.provider = Provider::kCpu;
  report.providerRequested = request.settings.provider;
  if (request.settings.provider != Provider::kCpu) report.fallbackReason = kPackedOnCpu;
  report.loadedFrom = "packed";
  const MappedFile& file = model->file_.file();
  const bool isMapped = !file.mappedPath().empty();
  report.openedPath = isMapped ? file.mappedPath() : request.weightsPath;
  report.sessionBytes = isMapped ? 0 : file.size();
  TrimMalloc();  // what reading the vocabulary left behind
  report.loadMs = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return model;
}

std::unique_ptr<RunState> DirectModel::NewState() const { return std::make_unique<DirectState>(); }

size_t DirectModel::width() const {
  return request_.output == Output::kScore ? 1 : file_.weights().OutputWidth();
}

void DirectModel::Run(const TextRun& run, float* out, RunState& anyState) const {
  auto& state = static_cast<DirectState&>(anyState);
  const encoder::Weights& weights = file_.weights();
  const bool takesTypes = weights.shape.types == 2;
  const encoder::Batch batch{run.ids, takesTypes ? run.types : nullptr, run.lengths, run.count};
  CheckBatch(weights, batch, request_.weightsPath);
  const size_t labels = weights.OutputWidth();
  const bool isLate = run.worth != nullptr;
  const bool isPair = !isLate && request_.output == Output::kScore && labels == 2;
  if (isPair) state.labels.resize(run.count * labels);
  float* target = isPair ? state.labels.data() : out;
  void* space = state.SpaceOf(encoder::SpaceFor(weights, batch));
  state.words.Read(file_.file(), weights, batch);
  const encoder::LateRun late = {run.worth, run.ids};
  const bool went = isLate ? encoder::EncodeLate(path_, state.words.weights(), state.words.batch(), late,
                                                 space, target, &state.stopped())
                           : encoder::Encode(path_, state.words.weights(), state.words.batch(), space,
                                             target, &state.stopped());
  if (!went) {
    throw Error(code::kAborted, "The run was stopped.");
  }
  if (isPair) {
    // Of two classes the second means "goes together".
    for (size_t i = 0; i < run.count; ++i) out[i] = target[i * 2 + 1] - target[i * 2];
  }
  CheckFinite(out, isLate ? run.count - 1 : run.count * width(), request_);
}

}  // namespace haypile
