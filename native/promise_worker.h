// The one base of asynchronous calls that run once on a pool thread and settle a promise.
// Rule 1: the constructor (JS thread) copies or holds every input.
// Rule 2: Work() (pool thread) touches no JS value. What it throws rejects the promise, with a code.
// Rule 3: Result() (JS thread) builds the value of the promise.
#pragma once
#include "faults.h"
#include "napi_errors.h"

namespace haypile {

class PromiseWorker : public Napi::AsyncWorker {
 public:
  explicit PromiseWorker(Napi::Env env)
      : Napi::AsyncWorker(env, "haypile"), deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise Start() {
    Napi::Promise promise = deferred_.Promise();
    Queue();
    return promise;
  }

 protected:
  virtual void Work() = 0;
  virtual Napi::Value Result(Napi::Env env) { return env.Undefined(); }

 private:
  void Execute() final {
    try {
      FaultPoint();
      Work();
    } catch (...) {
      const Failure failure = CaughtFailure("working on a call");
      code_ = failure.code;
      SetError(failure.message);
    }
  }

  void OnOK() final {
    Napi::HandleScope scope(Env());
    try {
      deferred_.Resolve(Guarded(Env(), [this] { return Result(Env()); }));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    }
  }

  void OnError(const Napi::Error& error) final {
    Napi::HandleScope scope(Env());
    deferred_.Reject(ToJsError(Env(), code_, error.Message()).Value());
  }

  Napi::Promise::Deferred deferred_;
  std::string code_;
};

}  // namespace haypile
