// The promises that wait for the jobs of one model, between its queue and its JS face.
//
// Rule 1: the queue and its threads are plain C++; a result crosses to the JS thread through one
//         thread-safe function, which is alive as long as the queue's threads are.
// Rule 2: what JS owns (promise, result array, callback) stays in `pending_`, touched on the JS
//         thread only. The result array is held there until its job is done. While one is there,
//         the JS object that owns this channel holds a reference to itself.
// Rule 3: when the environment goes down, the clean-up hook stops the queue first. It is added
//         after the thread-safe function is made, so it runs before that one's own hook.
#pragma once
#include <memory>
#include <unordered_map>

#include "embed_queue.h"
#include "napi_setup.h"

namespace haypile {

class JobChannel {
 public:
  // hold(true) keeps the owner from being collected, hold(false) undoes it once.
  JobChannel(Napi::Env env, std::shared_ptr<EmbedQueue> queue, std::function<void(bool)> hold);
  ~JobChannel();
  JobChannel(const JobChannel&) = delete;
  JobChannel& operator=(const JobChannel&) = delete;

  // Adds a job whose result is `width` numbers a text, written into `out` (a Float32Array of exactly
  // so many). `job` is the caller's number for Cancel; onRun a function or undefined. The promise resolves with the
  // milliseconds in which no worker was at it.
  // Throws Error HAYPILE_USAGE, HAYPILE_CLOSED.
  Napi::Value Start(EmbedRequest request, size_t width, Napi::Value out, Napi::Value job,
                    Napi::Value onRun);
  void Cancel(uint64_t job);
  // See EmbedQueue::Tune().
  void Tune(int workers, size_t tokensPerRun);
  // Idle workers give freed pages back to the system now.
  void ReleaseMemory();
  // Waits for work in flight, then ends the threads and frees the session.
  Napi::Value Close();

 private:
  struct Message {
    uint64_t job;
    bool done;
    EmbedOutcome outcome;
    size_t textsDone;
    uint64_t tokensDone;
    double queuedMs;
  };
  struct Pending {
    Napi::Promise::Deferred deferred;
    Napi::Reference<Napi::Value> out;
    Napi::FunctionReference onRun;
  };
  static void Deliver(Napi::Env env, Napi::Function, JobChannel* self, Message* message);
  using Channel = Napi::TypedThreadSafeFunction<JobChannel, Message, JobChannel::Deliver>;

  // Takes the message over; null: there is nothing to tell.
  void Post(Message* message);
  void Settle(const Message& message);
  static void ShutDownHook(void* self);
  void ShutDown();
  // After Close() was called and the last job has been settled.
  void StartClosing();

  const Napi::Env env_;
  const std::shared_ptr<EmbedQueue> queue_;
  const std::function<void(bool)> hold_;
  Channel channel_;
  bool closing_ = false;  // Close() was called: no new job
  std::unique_ptr<Napi::Promise::Deferred> closeDone_;
  bool down_ = false;     // the channel is gone; nothing may be started any more
  std::unordered_map<uint64_t, Pending> pending_;  // by the caller's job number
};

}  // namespace haypile
