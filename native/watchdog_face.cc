#include "watchdog_face.h"

#include <memory>
#include <string>

#include "errors.h"
#include "napi_errors.h"
#include "watchdog.h"

namespace haypile {
namespace {

// Lives as long as the process, and is only touched on the thread of its environment.
struct Face {
  Napi::ThreadSafeFunction channel;
  std::unique_ptr<Watchdog> dog;
};

Face* face = nullptr;

void ShutDown(void*) {
  if (face == nullptr) return;
  // Joins the thread: nobody calls the channel after that.
  face->dog.reset();
  face->channel.Abort();
  delete face;
  face = nullptr;
}

Napi::Value StartWatchdog(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&] {
    if (face != nullptr) throw Error(code::kUsage, "The watchdog of this process was started before.");
    auto made = std::make_unique<Face>();
    made->channel = Napi::ThreadSafeFunction::New(info.Env(), info[2].As<Napi::Function>(),
                                                  "haypile-watch", 0, 1);
    // Watching alone does not keep the process.
    made->channel.Unref(info.Env());
    WatchdogOptions options;
    options.version = info[0].ToString().Utf8Value();
    options.logPath = info[1].ToString().Utf8Value();
    const Napi::ThreadSafeFunction channel = made->channel;
    options.ping = [channel] {
      channel.NonBlockingCall([](Napi::Env, Napi::Function) {
        if (face != nullptr) face->dog->Turned();
      });
    };
    options.word = [channel](WatchWord word) {
      channel.NonBlockingCall([word](Napi::Env env, Napi::Function heed) {
        heed.Call({Napi::String::New(env, word == WatchWord::kStop ? "stop" : "signal")});
      });
    };
    std::string error;
    made->dog = Watchdog::Start(std::move(options), &error);
    if (made->dog == nullptr) {
      made->channel.Abort();
      throw Error(code::kInternal, "The watchdog could not be started: " + error + ".");
    }
    face = made.release();
    napi_add_env_cleanup_hook(info.Env(), ShutDown, nullptr);
    return info.Env().Undefined();
  });
}

Napi::Value Listen(const Napi::CallbackInfo& info) {
  const bool listens = face != nullptr && face->dog->Listen(info[0].ToString().Utf8Value());
  return Napi::Boolean::New(info.Env(), listens);
}

Napi::Value Leaving(const Napi::CallbackInfo& info) {
  if (face != nullptr) face->dog->Leaving(info[0].ToNumber().Int32Value());
  return info.Env().Undefined();
}

Napi::Value StopWatchdog(const Napi::CallbackInfo& info) {
  if (face != nullptr) {
    napi_remove_env_cleanup_hook(info.Env(), ShutDown, nullptr);
    ShutDown(nullptr);
  }
  return info.Env().Undefined();
}

}  // namespace

void DefineWatchdog(Napi::Env env, Napi::Object exports) {
  Napi::Object watchdog = Napi::Object::New(env);
  watchdog.Set("start", Napi::Function::New(env, StartWatchdog, "start"));
  watchdog.Set("listen", Napi::Function::New(env, Listen, "listen"));
  watchdog.Set("leaving", Napi::Function::New(env, Leaving, "leaving"));
  watchdog.Set("stop", Napi::Function::New(env, StopWatchdog, "stop"));
  exports.Set("watchdog", watchdog);
}

}  // namespace haypile
