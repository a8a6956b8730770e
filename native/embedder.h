// JS face of an embedder: a queue with its session, and the promises that wait for it.
//
// Rule 1: the queue and its threads are plain C++; a result crosses to the JS thread through one
//         thread-safe function, which is alive as long as the queue's threads are.
// Rule 2: what JS owns (promise, result array, callback) stays in `pending_`, touched on the JS
//         thread only. The result array is held there until its job is done.
//         While one is there, this object holds a reference to itself.
// Rule 3: when the environment goes down, the clean-up hook stops the queue first. It is added
//         after the thread-safe function is made, so it runs before that one's own hook.
#pragma once
#include <memory>
#include <unordered_map>

#include "embed_queue.h"
#include "napi_setup.h"

namespace haypile {

class Embedder : public Napi::ObjectWrap<Embedder> {
 public:
  static Napi::Function Define(Napi::Env env);
  // load(options): Promise<Embedder>.
  static Napi::Value Load(const Napi::CallbackInfo& info);

  // Called with an External of a loaded Parts only.
  explicit Embedder(const Napi::CallbackInfo& info);
  ~Embedder() override;

  struct Parts {
    std::unique_ptr<Session> session;
    std::shared_ptr<const WordPiece> tokenizer;
    EmbedQueue::Settings settings;
    SessionReport report;
  };

 private:
  struct Message {
    uint64_t job;
    bool done;
    EmbedOutcome outcome;
    size_t textsDone;
    uint64_t tokensDone;
  };
  struct Pending {
    Napi::Promise::Deferred deferred;
    Napi::Reference<Napi::Value> out;
    Napi::FunctionReference onRun;
  };
  static void Deliver(Napi::Env env, Napi::Function, Embedder* self, Message* message);
  using Channel = Napi::TypedThreadSafeFunction<Embedder, Message, Embedder::Deliver>;

  Napi::Value Report(const Napi::CallbackInfo& info);
  Napi::Value Embed(const Napi::CallbackInfo& info);
  Napi::Value EmbedTokens(const Napi::CallbackInfo& info);
  Napi::Value Cancel(const Napi::CallbackInfo& info);
  Napi::Value ReleaseMemory(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  Napi::Value Start(Napi::Env env, EmbedRequest request, Napi::Value out, Napi::Value job,
                    Napi::Value onRun);
  void Post(Message message);
  void Settle(Napi::Env env, const Message& message);
  static void ShutDownHook(void* self);
  void ShutDown();
  // After close() was called and the last job has been settled.
  void StartClosing(Napi::Env env);

  SessionReport report_;
  EmbedQueue::Settings settings_;
  size_t dimensions_ = 0;
  std::string runtimeVersion_;
  bool hasTokenizer_ = false;
  std::shared_ptr<EmbedQueue> queue_;
  Channel channel_;
  bool closing_ = false;  // close() was called: no new job
  std::unique_ptr<Napi::Promise::Deferred> closeDone_;
  bool down_ = false;     // the channel is gone; nothing may be started any more
  std::unordered_map<uint64_t, Pending> pending_;  // by the caller's job number
};

}  // namespace haypile
