#include "job_channel.h"

#include "allocator.h"
#include "napi_errors.h"
#include "promise_worker.h"

namespace haypile {
namespace {

// Ends the threads and frees the session, off the JS thread. Started when no job is left, so that it
// is short: an exiting process waits for it.
class CloseWorker : public PromiseWorker {
 public:
  CloseWorker(Napi::Env env, std::shared_ptr<EmbedQueue> queue, std::function<void()> closed)
      : PromiseWorker(env), queue_(std::move(queue)), closed_(std::move(closed)) {}

 protected:
  void Work() override {
    queue_->Stop(false);
    TrimMalloc();
  }
  Napi::Value Result(Napi::Env env) override {
    closed_();
    return env.Undefined();
  }

 private:
  std::shared_ptr<EmbedQueue> queue_;
  std::function<void()> closed_;
};

}  // namespace

JobChannel::JobChannel(Napi::Env env, std::shared_ptr<EmbedQueue> queue,
                       std::function<void(bool)> hold)
    : env_(env), queue_(std::move(queue)), hold_(std::move(hold)) {
  channel_ = Channel::New(env, "haypile", 0, 1, this);
  channel_.Unref(env);  // an idle model does not keep the process alive
  napi_add_env_cleanup_hook(env, ShutDownHook, this);
}

JobChannel::~JobChannel() {
  // Reached through the garbage collector when close() was forgotten: no job is in flight then,
  // since each one holds a reference to the owner.
  if (down_) return;
  napi_remove_env_cleanup_hook(env_, ShutDownHook, this);
  ShutDown();
}

void JobChannel::ShutDownHook(void* self) { static_cast<JobChannel*>(self)->ShutDown(); }

void JobChannel::ShutDown() {
  if (down_) return;
  down_ = true;
  queue_->Stop(true);
  pending_.clear();
  channel_.Abort();
}

void JobChannel::StartClosing() {
  const auto closed = [this] {
    if (!down_) {
      down_ = true;
      napi_remove_env_cleanup_hook(env_, ShutDownHook, this);
      channel_.Release();
    }
    closeDone_->Resolve(env_.Undefined());
    hold_(false);
  };
  (new CloseWorker(env_, queue_, closed))->Start();
}

Napi::Value JobChannel::Start(EmbedRequest request, size_t width, Napi::Value out,
                              Napi::Value job, Napi::Value onRun) {
  if (closing_ || down_) throw Error(code::kClosed, "The model was closed before this call.");
  const size_t texts = request.lengths.empty() ? request.texts.size() : request.lengths.size();
  if (!out.IsTypedArray() || out.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array ||
      out.As<Napi::Float32Array>().ElementLength() != texts * width) {
    throw Error(code::kUsage, "Expected a Float32Array of " + std::to_string(texts * width) +
                                  " numbers for the result.");
  }
  Pending pending{Napi::Promise::Deferred::New(env_), {}, {}};
  const Napi::Promise promise = pending.deferred.Promise();
  if (texts == 0) {
    pending.deferred.Resolve(env_.Undefined());
    return promise;
  }
  pending.out = Napi::Reference<Napi::Value>::New(out, 1);
  request.out = out.As<Napi::Float32Array>().Data();
  const uint64_t number = static_cast<uint64_t>(job.ToNumber().Int64Value());
  if (onRun.IsFunction()) {
    pending.onRun = Napi::Persistent(onRun.As<Napi::Function>());
    request.onRun = [this, number](size_t textsDone, uint64_t tokensDone) {
      // Progress that there is no memory for goes untold.
      Post(new (std::nothrow) Message{number, false, {}, textsDone, tokensDone, 0});
    };
  }
  // Made now: the end of a job is told also where there is no memory left.
  const auto last = std::make_shared<std::unique_ptr<Message>>(
      std::make_unique<Message>(Message{number, true, {}, 0, 0, 0}));
  request.onDone = [this, last](EmbedOutcome outcome, double queuedMs) {
    (*last)->outcome = std::move(outcome);
    (*last)->queuedMs = queuedMs;
    Post(last->release());
  };
  request.job = number;
  // Before the job, whose threads write into the result that is held here. Nothing is delivered before this call
  // returns to the event loop.
  const bool isFirst = pending_.empty();
  const auto place = pending_.emplace(number, std::move(pending)).first;
  try {
    queue_->Add(std::move(request));
  } catch (...) {
    pending_.erase(place);
    throw;
  }
  if (isFirst) {
    channel_.Ref(env_);
    hold_(true);
  }
  return promise;
}

void JobChannel::Post(Message* message) {
  if (message == nullptr) return;
  if (channel_.NonBlockingCall(message) != napi_ok) delete message;  // the environment is going down
}

void JobChannel::Deliver(Napi::Env env, Napi::Function, JobChannel* self, Message* message) {
  const std::unique_ptr<Message> owned(message);
  if (env == nullptr || self == nullptr || self->down_) return;
  self->Settle(*message);
}

void JobChannel::Settle(const Message& message) {
  const Napi::HandleScope scope(env_);
  const auto found = pending_.find(message.job);
  if (found == pending_.end()) return;
  if (!message.done) {
    found->second.onRun.Call({Napi::Number::New(env_, static_cast<double>(message.textsDone)),
                              Napi::Number::New(env_, static_cast<double>(message.tokensDone))});
    return;
  }
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  if (message.outcome.code.empty()) {
    pending.deferred.Resolve(Napi::Number::New(env_, message.queuedMs));
  } else {
    pending.deferred.Reject(ToJsError(env_, message.outcome.code, message.outcome.message).Value());
  }
  if (!pending_.empty()) return;
  channel_.Unref(env_);
  if (closing_) StartClosing();
  hold_(false);
}

void JobChannel::Cancel(uint64_t job) {
  if (!down_) queue_->Cancel(job);
}

void JobChannel::Tune(int workers, size_t tokensPerRun) {
  if (!down_) queue_->Tune(workers, tokensPerRun);
}

void JobChannel::ReleaseMemory() {
  if (!down_) queue_->ReleaseMemory();
}

Napi::Value JobChannel::Close() {
  if (closing_ || down_) {
    auto deferred = Napi::Promise::Deferred::New(env_);
    deferred.Resolve(env_.Undefined());
    return deferred.Promise();
  }
  closing_ = true;
  hold_(true);  // until the close is done
  closeDone_ = std::make_unique<Napi::Promise::Deferred>(Napi::Promise::Deferred::New(env_));
  if (pending_.empty()) StartClosing();
  return closeDone_->Promise();
}

}  // namespace haypile
