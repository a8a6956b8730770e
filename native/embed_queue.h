// The workers of one model and their jobs: texts, or pairs of a query and a text, in; one row of
// numbers for each out. Plain C++: no JS value passes here.
//
// A job goes through two steps, each cut into units that any worker may take: first its texts are
// tokenised in slices, then the batches planned from their lengths are run. A job that somebody waits
// for goes before all that nobody waits for, whatever their sizes: it waits for the units that are being
// worked on, each at most one run of the model. Among equals a small job goes before the batches of a
// large one that are not yet begun; else they are served in order.
//
// Ownership: the caller keeps `out` alive and untouched until onDone; onRun and onDone are called
// on a worker thread, onDone exactly once; they throw nothing. Whatever else is thrown on a worker ends the job
// it worked on, with a code, and the worker goes on with the next. Stop() ends the threads; after it no callback runs.
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/batch_plan.h"
#include "core/wordpiece.h"
#include "errors.h"
#include "model_runner.h"
#include "placement.h"

namespace haypile {

// How a job ended; the code "": it is done.
using EmbedOutcome = Failure;

struct EmbedRequest {
  uint64_t job = 0;  // the caller's number, for Cancel()
  bool urgent = false;  // somebody waits for it
  // Either texts (tokenised here) or ids with lengths (tokenised elsewhere, special tokens included).
  std::vector<std::string> texts;
  // With isPair each text is tokenised as the passage of this query.
  bool isPair = false;
  // Late interaction (TextRun::worth): each text gets one number. Of the query and of each text so many tokens count.
  std::shared_ptr<const std::vector<uint8_t>> worth;
  size_t lateTokens = 0;
  std::string query;
  std::vector<int32_t> ids;
  std::vector<uint32_t> lengths;
  float* out = nullptr;
  std::function<void(size_t textsDone, uint64_t tokensDone)> onRun;
  // queuedMs: the time in which no worker was at the job.
  std::function<void(EmbedOutcome, double queuedMs)> onDone;
};

class EmbedQueue {
 public:
  struct Settings {
    size_t maxTokens = 256;
    size_t tokensPerRun = 512;
    int workers = 1;
    Placement placement;  // of the workers
  };

  EmbedQueue(std::unique_ptr<ModelRunner> model, std::shared_ptr<const WordPiece> tokenizer,
             Settings settings);
  ~EmbedQueue();

  // Adds a job of at least one text. Throws Error HAYPILE_CLOSED after Stop().
  void Add(EmbedRequest request);
  // Ends a job early: onDone comes with HAYPILE_ABORTED. An unknown number is ignored.
  void Cancel(uint64_t job);
  // Ends every job with HAYPILE_CLOSED, joins the threads and frees the model. Idempotent.
  // silent: callbacks are not called any more (their receiver is going away).
  void Stop(bool silent);
  // From now on at most so many of the workers take work, and runs planned from now on have at most so
  // many tokens. Never more than the settings it was made with. A run at work goes on as it is.
  void Tune(int workers, size_t tokensPerRun);
  // Idle workers give freed pages back to the system now, and mapped weights leave resident memory.
  void ReleaseMemory();

  const Settings& settings() const { return settings_; }

 private:
  struct Job;
  struct Worker;
  struct Unit {
    std::shared_ptr<Job> job;
    size_t index = 0;
    bool tokenise = false;
  };

  void Work(Worker& worker);
  bool TakeUnit(Unit& unit);
  void Tokenise(Job& job, size_t slice, Worker& worker);
  // before: tokens that go before the texts of each run.
  BatchPlan Plan(const std::vector<uint32_t>& lengths, size_t before) const;
  void RunBatch(Job& job, size_t index, Worker& worker);
  void FinishUnit(const Unit& unit, const EmbedOutcome& outcome,
                  std::unique_lock<std::mutex>& lock);
  void Interrupt(const Job& job);

  std::unique_ptr<ModelRunner> model_;
  const std::shared_ptr<const WordPiece> tokenizer_;
  const Settings settings_;
  std::vector<std::unique_ptr<Worker>> workers_;

  std::mutex mutex_;  // guards all below, and the fields of jobs said to be under it
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
  int workersAllowed_;
  int workersBusy_ = 0;
  size_t tokensPerRun_;
  uint64_t releaseRequests_ = 0;
  bool stopping_ = false;
  bool silent_ = false;
  std::mutex stopMutex_;  // one Stop() at a time
};

}  // namespace haypile
