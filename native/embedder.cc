#include "embedder.h"

#include "allocator.h"
#include "env_data.h"
#include "napi_errors.h"
#include "promise_worker.h"
#include "tokenizer.h"
#include "type_tags.h"

namespace haypile {
namespace {

Pooling PoolingByName(const std::string& name) {
  if (name == "graph") return Pooling::kGraph;
  if (name == "mean") return Pooling::kMean;
  if (name == "cls") return Pooling::kCls;
  throw Error(code::kUsage,
              "Expected graph, mean or cls for the pooling, received \"" + name + "\".");
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
  LoadWorker(Napi::Env env, SessionRequest request, std::shared_ptr<const WordPiece> tokenizer,
             EmbedQueue::Settings settings)
      : PromiseWorker(env), request_(std::move(request)), parts_(new Embedder::Parts()) {
    parts_->tokenizer = std::move(tokenizer);
    parts_->settings = settings;
  }

 protected:
  void Work() override {
    parts_->session = Session::Load(request_);
    if (parts_->session == nullptr) return;
    parts_->report = parts_->session->report();
    PurgeThreadMemory();
  }
  Napi::Value Result(Napi::Env env) override {
    if (parts_->session == nullptr) return env.Undefined();
    return DataOf(env).embedder.New({Napi::External<Embedder::Parts>::New(env, parts_.get())});
  }

 private:
  SessionRequest request_;
  std::unique_ptr<Embedder::Parts> parts_;
};

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

Napi::Function Embedder::Define(Napi::Env env) {
  return DefineClass(env, "Embedder",
                     {InstanceMethod("report", &Embedder::Report),
                      InstanceMethod("embed", &Embedder::Embed),
                      InstanceMethod("embedTokens", &Embedder::EmbedTokens),
                      InstanceMethod("cancel", &Embedder::Cancel),
                      InstanceMethod("releaseMemory", &Embedder::ReleaseMemory),
                      InstanceMethod("close", &Embedder::Close),
                      StaticMethod("load", &Embedder::Load)});
}

Napi::Value Embedder::Load(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guarded(env, [&]() -> Napi::Value {
    if (info.Length() < 1 || !info[0].IsObject()) {
      throw Error(code::kUsage, "Expected options of an embedder.");
    }
    const auto options = info[0].As<Napi::Object>();
    const auto session = options.Get("session").As<Napi::Object>();
    SessionRequest request;
    request.modelPath = options.Get("modelPath").ToString().Utf8Value();
    request.cacheFolder = options.Get("cacheFolder").ToString().Utf8Value();
    request.cacheOnly = options.Get("cacheOnly").ToBoolean();
    request.dimensions = static_cast<size_t>(NumberOf(options, "dimensions", 1, 65536));
    request.pooling = PoolingByName(options.Get("pooling").ToString().Utf8Value());
    request.settings.intraOpThreads =
        static_cast<int>(NumberOf(session, "intraOpThreads", 1, 1024));
    request.settings.spinning = session.Get("spinning").ToBoolean();
    request.settings.cpuArena = session.Get("cpuArena").ToBoolean();
    request.settings.memoryPattern = session.Get("memoryPattern").ToBoolean();
    request.settings.provider = ProviderByName(session.Get("provider").ToString().Utf8Value());
    EmbedQueue::Settings settings;
    settings.maxTokens = static_cast<size_t>(NumberOf(options, "maxTokens", 2, 1 << 20));
    settings.tokensPerRun = static_cast<size_t>(NumberOf(options, "tokensPerRun", 1, 1 << 20));
    settings.workers = static_cast<int>(NumberOf(options, "workers", 1, 1024));
    const Napi::Value tokenizer = options.Get("tokenizer");
    std::shared_ptr<const WordPiece> wordPiece;
    if (tokenizer.IsObject()) {
      wordPiece = Tokenizer::From(tokenizer);
      settings.padId = wordPiece->PadId();
    } else {
      settings.padId = static_cast<int32_t>(NumberOf(options, "padId", 0, INT32_MAX));
    }
    return (new LoadWorker(env, std::move(request), std::move(wordPiece), settings))->Start();
  });
}

Embedder::Embedder(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsExternal()) {
    throw ToJsError(env, code::kUsage, "An embedder is made by Embedder.load(options).");
  }
  Parts& parts = *info[0].As<Napi::External<Parts>>().Data();
  info.This().As<Napi::Object>().TypeTag(&kEmbedderTag);
  report_ = parts.report;
  settings_ = parts.settings;
  dimensions_ = parts.session->dimensions();
  hasTokenizer_ = parts.tokenizer != nullptr;
  runtimeVersion_ = OrtRuntime::Get().version();
  queue_ = Guarded(env, [&] {
    return std::make_shared<EmbedQueue>(std::move(parts.session), parts.tokenizer, settings_);
  });
  channel_ = Channel::New(env, "haypile", 0, 1, this);
  channel_.Unref(env);  // an idle embedder does not keep the process alive
  napi_add_env_cleanup_hook(env, ShutDownHook, this);
}

Embedder::~Embedder() {
  // Reached through the garbage collector when close() was forgotten: no job is in flight then,
  // since each one holds a reference to this object.
  if (down_) return;
  napi_remove_env_cleanup_hook(Env(), ShutDownHook, this);
  ShutDown();
}

void Embedder::ShutDownHook(void* self) { static_cast<Embedder*>(self)->ShutDown(); }

void Embedder::ShutDown() {
  if (down_) return;
  down_ = true;
  queue_->Stop(true);
  pending_.clear();
  channel_.Abort();
}

void Embedder::StartClosing(Napi::Env env) {
  const auto closed = [this] {
    if (!down_) {
      down_ = true;
      napi_remove_env_cleanup_hook(Env(), ShutDownHook, this);
      channel_.Release();
    }
    closeDone_->Resolve(Env().Undefined());
    Unref();
  };
  (new CloseWorker(env, queue_, closed))->Start();
}

Napi::Value Embedder::Report(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object report = Napi::Object::New(env);
  report.Set("runtimeVersion", runtimeVersion_);
  report.Set("intraOpThreads", report_.settings.intraOpThreads);
  report.Set("spinning", report_.settings.spinning);
  report.Set("cpuArena", report_.settings.cpuArena);
  report.Set("memoryPattern", report_.settings.memoryPattern);
  report.Set("provider", ProviderName(report_.settings.provider));
  report.Set("providerRequested", ProviderName(report_.providerRequested));
  report.Set("fallbackReason", report_.fallbackReason);
  report.Set("loadedFrom", report_.loadedFrom);
  report.Set("cacheNote", report_.cacheNote);
  report.Set("loadMs", report_.loadMs);
  report.Set("workers", settings_.workers);
  report.Set("tokensPerRun", static_cast<double>(settings_.tokensPerRun));
  report.Set("sessionBytes", static_cast<double>(report_.sessionBytes));
  return report;
}

Napi::Value Embedder::Embed(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guarded(env, [&]() -> Napi::Value {
    if (info.Length() < 3 || !info[0].IsArray()) {
      throw Error(code::kUsage, "Expected an array of strings.");
    }
    EmbedRequest request;
    request.texts = StringsOf(info[0].As<Napi::Array>());
    return Start(env, std::move(request), info[1], info[2],
                 info.Length() > 3 ? info[3] : env.Undefined());
  });
}

Napi::Value Embedder::EmbedTokens(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guarded(env, [&]() -> Napi::Value {
    if (info.Length() < 4 || !info[0].IsTypedArray() || !info[1].IsTypedArray()) {
      throw Error(code::kUsage, "Expected ids (Int32Array) and lengths (Uint32Array).");
    }
    const auto ids = info[0].As<Napi::Int32Array>();
    const auto lengths = info[1].As<Napi::Uint32Array>();
    EmbedRequest request;
    request.ids.assign(ids.Data(), ids.Data() + ids.ElementLength());
    request.lengths.assign(lengths.Data(), lengths.Data() + lengths.ElementLength());
    size_t total = 0;
    for (const uint32_t length : request.lengths) {
      if (length < 1 || length > settings_.maxTokens) {
        throw Error(code::kUsage, "Expected 1 to " + std::to_string(settings_.maxTokens) +
                                      " tokens a text, received " + std::to_string(length) + ".");
      }
      total += length;
    }
    if (total != request.ids.size()) {
      throw Error(code::kUsage, "The lengths do not add up to the number of ids.");
    }
    return Start(env, std::move(request), info[2], info[3],
                 info.Length() > 4 ? info[4] : env.Undefined());
  });
}

Napi::Value Embedder::Start(Napi::Env env, EmbedRequest request, Napi::Value out, Napi::Value job,
                            Napi::Value onRun) {
  if (closing_ || down_) {
    throw Error(code::kClosed, "The embedder was closed before this call.");
  }
  const size_t texts = request.lengths.empty() ? request.texts.size() : request.lengths.size();
  if (!out.IsTypedArray() || out.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array ||
      out.As<Napi::Float32Array>().ElementLength() != texts * dimensions_) {
    throw Error(code::kUsage, "Expected a Float32Array of " + std::to_string(texts * dimensions_) +
                                  " numbers for the result.");
  }
  Pending pending{Napi::Promise::Deferred::New(env), {}, {}};
  const Napi::Promise promise = pending.deferred.Promise();
  if (texts == 0) {
    pending.deferred.Resolve(env.Undefined());
    return promise;
  }
  if (request.lengths.empty() && !hasTokenizer_) {
    throw Error(code::kUsage, "This embedder has no tokenizer of its own: it takes token ids.");
  }
  pending.out = Napi::Reference<Napi::Value>::New(out, 1);
  request.out = out.As<Napi::Float32Array>().Data();
  const uint64_t number = static_cast<uint64_t>(job.ToNumber().Int64Value());
  if (onRun.IsFunction()) {
    pending.onRun = Napi::Persistent(onRun.As<Napi::Function>());
    request.onRun = [this, number](size_t textsDone, uint64_t tokensDone) {
      Post({number, false, {}, textsDone, tokensDone});
    };
  }
  request.onDone = [this, number](const EmbedOutcome& outcome) {
    Post({number, true, outcome, 0, 0});
  };
  request.job = number;
  queue_->Add(std::move(request));
  // Nothing can be delivered before this call returns to the event loop.
  if (pending_.empty()) {
    channel_.Ref(env);
    Ref();
  }
  pending_.emplace(number, std::move(pending));
  return promise;
}

void Embedder::Post(Message message) {
  auto* copy = new Message(std::move(message));
  if (channel_.NonBlockingCall(copy) != napi_ok) delete copy;  // the environment is going down
}

void Embedder::Deliver(Napi::Env env, Napi::Function, Embedder* self, Message* message) {
  const std::unique_ptr<Message> owned(message);
  if (env == nullptr || self == nullptr || self->down_) return;
  self->Settle(env, *message);
}

void Embedder::Settle(Napi::Env env, const Message& message) {
  const Napi::HandleScope scope(env);
  const auto found = pending_.find(message.job);
  if (found == pending_.end()) return;
  if (!message.done) {
    found->second.onRun.Call({Napi::Number::New(env, static_cast<double>(message.textsDone)),
                              Napi::Number::New(env, static_cast<double>(message.tokensDone))});
    return;
  }
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  if (message.outcome.code.empty()) {
    pending.deferred.Resolve(env.Undefined());
  } else {
    pending.deferred.Reject(ToJsError(env, message.outcome.code, message.outcome.message).Value());
  }
  if (!pending_.empty()) return;
  channel_.Unref(env);
  if (closing_) StartClosing(env);
  Unref();
}

Napi::Value Embedder::Cancel(const Napi::CallbackInfo& info) {
  if (!down_) queue_->Cancel(static_cast<uint64_t>(info[0].ToNumber().Int64Value()));
  return info.Env().Undefined();
}

Napi::Value Embedder::ReleaseMemory(const Napi::CallbackInfo& info) {
  if (!down_) queue_->ReleaseMemory();
  return info.Env().Undefined();
}

Napi::Value Embedder::Close(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (closing_ || down_) {
    auto deferred = Napi::Promise::Deferred::New(env);
    deferred.Resolve(env.Undefined());
    return deferred.Promise();
  }
  closing_ = true;
  Ref();  // until the close is done
  closeDone_ = std::make_unique<Napi::Promise::Deferred>(Napi::Promise::Deferred::New(env));
  if (pending_.empty()) StartClosing(env);
  return closeDone_->Promise();
}

}  // namespace haypile
