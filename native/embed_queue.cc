#include "embed_queue.h"

#include <algorithm>
#include <cstring>

#include "allocator.h"
#include "faults.h"

namespace haypile {
namespace {

constexpr size_t kTextsPerSlice = 32;
// A job of at most this many texts goes before larger ones of its urgency.
constexpr size_t kSmallJob = 4;
// An idle worker waits this long before it gives its freed pages back.
constexpr auto kIdleBeforePurge = std::chrono::milliseconds(200);

}  // namespace

struct EmbedQueue::Job {
  uint64_t number = 0;
  EmbedRequest request;
  size_t texts = 0;
  std::vector<size_t> starts;               // of each text in `ids`, when ids were given
  std::vector<std::vector<int32_t>> tokens;  // of each text, when texts were given
  std::vector<uint32_t> lengths;
  std::vector<int32_t> question;  // with `worth`: the query's ids, which go before the texts of each run
  std::vector<uint32_t> queryLengths;  // of each text's ids those of the query; empty without pairs
  BatchPlan plan;

  // Under the queue's mutex.
  bool planned = false;
  size_t nextUnit = 0;   // of the current step
  size_t unitsDone = 0;  // of the current step
  size_t unitsOut = 0;   // taken and not yet finished
  std::chrono::steady_clock::time_point idleSince = std::chrono::steady_clock::now();  // while unitsOut is 0
  std::chrono::steady_clock::duration queued{0};  // with no unit out
  size_t textsDone = 0;
  uint64_t tokensDone = 0;
  bool ended = false;  // cancelled or failed: no new unit is handed out
  EmbedOutcome outcome;

  // Lower goes first.
  int Rank() const { return (request.urgent ? 0 : 2) + (texts <= kSmallJob ? 0 : 1); }
  size_t Units() const {
    return planned ? plan.runs.size() : (texts + kTextsPerSlice - 1) / kTextsPerSlice;
  }
  double QueuedMs() const { return std::chrono::duration<double, std::milli>(queued).count(); }
  const int32_t* IdsOf(size_t text) const {
    return request.ids.empty() ? tokens[text].data() : request.ids.data() + starts[text];
  }
};

struct EmbedQueue::Worker {
  std::thread thread;
  std::unique_ptr<RunState> state;
  WordPiece::Scratch scratch;
  std::vector<int32_t> ids;
  std::vector<uint8_t> types;  // 1 for tokens of a pair's passage; empty without pairs
  std::vector<uint32_t> lengths;
  std::vector<float> rows;
  const Job* running = nullptr;  // under the queue's mutex
};

EmbedQueue::EmbedQueue(std::unique_ptr<ModelRunner> model,
                       std::shared_ptr<const WordPiece> tokenizer, Settings settings)
    : model_(std::move(model)), tokenizer_(std::move(tokenizer)), settings_(settings),
      workersAllowed_(settings.workers), tokensPerRun_(settings.tokensPerRun) {
  for (int i = 0; i < settings_.workers; ++i) {
    auto worker = std::make_unique<Worker>();
    worker->state = model_->NewState();
    workers_.push_back(std::move(worker));
  }
  try {
    for (size_t i = 0; i < workers_.size(); ++i) {
      FaultPoint();
      workers_[i]->thread = std::thread([this, i] {
        // First of all: what the worker allocates from here on lies near its CPU.
        if (i < settings_.placement.cpus.size()) BindThisThread(settings_.placement.cpus[i]);
        const MemoryOnNode near(settings_.placement.memoryNode);
        Work(*workers_[i]);
      });
    }
  } catch (...) {
    // Those that run must have ended before they are destroyed.
    Stop(true);
    const Failure failure = CaughtFailure("starting the workers of a model");
    throw Error(failure.code, failure.message);
  }
}

EmbedQueue::~EmbedQueue() { Stop(true); }

void EmbedQueue::Add(EmbedRequest request) {
  auto job = std::make_shared<Job>();
  job->request = std::move(request);
  if (job->request.lengths.empty()) {
    job->texts = job->request.texts.size();
    job->tokens.resize(job->texts);
    job->lengths.resize(job->texts);
    if (job->request.isPair) job->queryLengths.resize(job->texts);
  } else {
    job->lengths = job->request.lengths;
    job->texts = job->lengths.size();
    size_t start = 0;
    for (const uint32_t length : job->lengths) {
      job->starts.push_back(start);
      start += length;
    }
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!job->request.lengths.empty()) {
    job->plan = Plan(job->lengths, 0);
    job->planned = true;
  }
  if (stopping_) throw Error(code::kClosed, "The model was closed before this call.");
  job->number = job->request.job;
  const int rank = job->Rank();
  const auto place = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&](const auto& other) { return other->Rank() > rank; });
  jobs_.insert(place, job);
  wake_.notify_all();
}

BatchPlan EmbedQueue::Plan(const std::vector<uint32_t>& lengths, size_t before) const {
  const size_t most = tokensPerRun_ > before ? tokensPerRun_ - before : 1;
  return model_->isPacked() ? PlanPacked(lengths, most) : PlanPadded(lengths, most);
}

void EmbedQueue::Interrupt(const Job& job) {
  for (auto& worker : workers_) {
    if (worker->running == &job) worker->state->Stop();
  }
}

void EmbedQueue::Cancel(uint64_t number) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&](const auto& job) { return job->number == number; });
  if (found == jobs_.end() || (*found)->ended) return;
  const std::shared_ptr<Job> job = *found;
  job->ended = true;
  job->outcome = {code::kAborted, "The work was stopped by its caller."};
  Interrupt(*job);
  if (job->unitsOut > 0) return;  // the last unit out reports the end
  jobs_.erase(found);
  lock.unlock();
  job->request.onDone(std::move(job->outcome), job->QueuedMs());
}

void EmbedQueue::Stop(bool silent) {
  const std::lock_guard<std::mutex> once(stopMutex_);
  std::vector<std::shared_ptr<Job>> dropped;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    silent_ = silent_ || silent;
    for (const auto& job : jobs_) {
      if (!job->ended) {
        job->ended = true;
        job->outcome = {code::kClosed, "The model was closed while this call was in flight."};
      }
      Interrupt(*job);
      if (job->unitsOut == 0) dropped.push_back(job);
    }
    for (const auto& job : dropped) jobs_.erase(std::find(jobs_.begin(), jobs_.end(), job));
  }
  wake_.notify_all();
  for (const auto& job : dropped) {
    if (!silent) job->request.onDone(std::move(job->outcome), job->QueuedMs());
  }
  for (auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
  workers_.clear();
  model_.reset();
}

void EmbedQueue::ReleaseMemory() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++releaseRequests_;
  if (model_ != nullptr) model_->DropPages();
  wake_.notify_all();
}

void EmbedQueue::Tune(int workers, size_t tokensPerRun) {
  const std::lock_guard<std::mutex> lock(mutex_);
  workersAllowed_ = std::clamp(workers, 1, settings_.workers);
  tokensPerRun_ = std::clamp(tokensPerRun, size_t{1}, settings_.tokensPerRun);
  wake_.notify_all();
}

bool EmbedQueue::TakeUnit(Unit& unit) {
  if (workersBusy_ >= workersAllowed_) return false;
  for (const auto& job : jobs_) {
    if (job->ended || job->nextUnit >= job->Units()) continue;
    unit = {job, job->nextUnit++, !job->planned};
    if (job->unitsOut == 0) job->queued += std::chrono::steady_clock::now() - job->idleSince;
    ++job->unitsOut;
    return true;
  }
  return false;
}

void EmbedQueue::Work(Worker& worker) {
  std::unique_lock<std::mutex> lock(mutex_);
  bool dirty = false;
  uint64_t released = releaseRequests_;
  for (;;) {
    Unit unit;
    const auto ready = [&] { return stopping_ || releaseRequests_ != released || TakeUnit(unit); };
    bool woken = true;
    if (dirty) {
      woken = wake_.wait_for(lock, kIdleBeforePurge, ready);
    } else {
      wake_.wait(lock, ready);
    }
    if (unit.job == nullptr) {
      if (stopping_) return;
      const bool asked = woken && releaseRequests_ != released;
      released = releaseRequests_;
      dirty = false;
      lock.unlock();
      worker.state->Free();
      if (asked) {
        std::vector<float>().swap(worker.rows);
        std::vector<int32_t>().swap(worker.ids);
        std::vector<uint8_t>().swap(worker.types);
        std::vector<uint32_t>().swap(worker.lengths);
      }
      PurgeThreadMemory();
      lock.lock();
      continue;
    }
    worker.running = unit.job.get();
    ++workersBusy_;
    worker.state->Begin();
    lock.unlock();
    EmbedOutcome outcome;
    try {
      FaultPoint();
      if (unit.tokenise) {
        Tokenise(*unit.job, unit.index, worker);
      } else {
        RunBatch(*unit.job, unit.index, worker);
      }
    } catch (...) {
      outcome = CaughtFailure("running the model");
    }
    lock.lock();
    worker.running = nullptr;
    --workersBusy_;
    dirty = true;
    FinishUnit(unit, outcome, lock);
  }
}

void EmbedQueue::Tokenise(Job& job, size_t slice, Worker& worker) {
  const size_t begin = slice * kTextsPerSlice;
  const size_t end = std::min(begin + kTextsPerSlice, job.texts);
  const EmbedRequest& request = job.request;
  const size_t most = request.worth ? std::min(request.lateTokens, settings_.maxTokens) : settings_.maxTokens;
  if (request.worth && slice == 0) {
    tokenizer_->Encode(request.query, most, worker.scratch, job.question);
  }
  for (size_t i = begin; i < end; ++i) {
    if (job.request.isPair) {
      job.queryLengths[i] = static_cast<uint32_t>(
          tokenizer_->EncodePair(job.request.query, job.request.texts[i], settings_.maxTokens,
                                 worker.scratch, job.tokens[i]));
    } else {
      tokenizer_->Encode(job.request.texts[i], most, worker.scratch, job.tokens[i]);
    }
    job.lengths[i] = static_cast<uint32_t>(job.tokens[i].size());
    std::string().swap(job.request.texts[i]);  // not needed any more
  }
}

void EmbedQueue::RunBatch(Job& job, size_t index, Worker& worker) {
  const BatchRange& range = job.plan.runs[index];
  const uint32_t* texts = job.plan.order.data() + range.begin;
  worker.ids.clear();
  worker.types.clear();
  worker.lengths.clear();
  const bool isLate = job.request.worth != nullptr;
  if (isLate) {
    worker.ids = job.question;
    worker.lengths.push_back(static_cast<uint32_t>(job.question.size()));
  }
  bool inOrder = true;
  for (size_t row = 0; row < range.count; ++row) {
    const uint32_t text = texts[row];
    const uint32_t length = job.lengths[text];
    inOrder = inOrder && text == texts[0] + row;
    const int32_t* ids = job.IdsOf(text);
    worker.ids.insert(worker.ids.end(), ids, ids + length);
    worker.lengths.push_back(length);
    if (job.queryLengths.empty()) continue;
    const uint32_t ofQuery = job.queryLengths[text];
    worker.types.insert(worker.types.end(), ofQuery, 0);
    worker.types.insert(worker.types.end(), length - ofQuery, 1);
  }
  const TextRun run{worker.ids.data(), worker.types.empty() ? nullptr : worker.types.data(),
                    worker.lengths.data(), worker.lengths.size(),
                    isLate ? job.request.worth->data() : nullptr};
  const size_t width = isLate ? 1 : model_->width();
  if (inOrder) {  // the rows lie together in the result: the model writes them there itself
    model_->Run(run, job.request.out + texts[0] * width, *worker.state);
    return;
  }
  worker.rows.resize(range.count * width);
  model_->Run(run, worker.rows.data(), *worker.state);
  for (size_t row = 0; row < range.count; ++row) {
    std::copy_n(worker.rows.begin() + row * width, width, job.request.out + texts[row] * width);
  }
}

void EmbedQueue::FinishUnit(const Unit& unit, const EmbedOutcome& outcome,
                            std::unique_lock<std::mutex>& lock) {
  Job& job = *unit.job;
  --job.unitsOut;
  if (job.unitsOut == 0) job.idleSince = std::chrono::steady_clock::now();
  ++job.unitsDone;
  if (!outcome.code.empty() && !job.ended) {
    job.ended = true;
    job.outcome = outcome;
    Interrupt(job);
  }
  if (!job.ended && !unit.tokenise) {
    const BatchRange& run = job.plan.runs[unit.index];
    job.textsDone += run.count;
    for (size_t i = 0; i < run.count; ++i) {
      job.tokensDone += job.lengths[job.plan.order[run.begin + i]];
    }
    if (job.request.onRun && !silent_) job.request.onRun(job.textsDone, job.tokensDone);
  }
  if (!job.ended && !job.planned && job.unitsDone == job.Units()) {
    try {
      FaultPoint();
      job.plan = Plan(job.lengths, job.question.size());
      job.planned = true;
      job.nextUnit = 0;
      job.unitsDone = 0;
      wake_.notify_all();
    } catch (...) {
      job.ended = true;
      job.outcome = CaughtFailure("planning the runs of the model");
    }
  }
  const bool over = job.ended ? job.unitsOut == 0 : job.planned && job.unitsDone == job.Units();
  if (!over) return;
  jobs_.erase(std::find(jobs_.begin(), jobs_.end(), unit.job));
  const bool tell = !silent_;
  lock.unlock();
  if (tell) job.request.onDone(std::move(job.outcome), job.QueuedMs());
  lock.lock();
}

}  // namespace haypile
