// The base of the JS classes of loaded models: they are made by load(options), run jobs in a queue of
// their own, and report, cancel and close alike.
#pragma once
#include <algorithm>
#include <memory>

#include "env_data.h"
#include "job_channel.h"
#include "napi_errors.h"

namespace haypile {

// What a load gives; the constructor takes it over.
struct LoadedModel {
  std::unique_ptr<ModelRunner> runner;
  std::shared_ptr<const WordPiece> tokenizer;
  EmbedQueue::Settings settings;
  ModelReport report;
};

// Reads options (NativeModelOptions of src/native/binding.ts) and loads off the JS thread. Resolves
// with a new object of the class in `constructor`, or with undefined for a cache-only load of a model
// that the cache has not got.
Napi::Value LoadModel(const Napi::CallbackInfo& info, Output output,
                      Napi::FunctionReference EnvData::*constructor);

// The External that LoadModel hands to a constructor; throws a JS error for any other call.
LoadedModel& LoadedModelOf(const Napi::CallbackInfo& info);

Napi::Object ReportOf(Napi::Env env, const ModelReport& report,
                      const EmbedQueue::Settings& settings);

template <typename Self>
class ModelFace : public Napi::ObjectWrap<Self> {
 public:
  explicit ModelFace(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Self>(info) {
    const Napi::Env env = info.Env();
    LoadedModel& model = LoadedModelOf(info);
    report_ = model.report;
    settings_ = model.settings;
    dimensions_ = model.runner->width();
    hasTokenizer_ = model.tokenizer != nullptr;
    words_ = model.runner->words();
    auto queue = Guarded(env, [&] {
      return std::make_shared<EmbedQueue>(std::move(model.runner), model.tokenizer, settings_);
    });
    channel_ = std::make_unique<JobChannel>(env, std::move(queue), [this](bool hold) {
      if (hold) {
        this->Ref();
      } else {
        this->Unref();
      }
    });
  }

 protected:
  Napi::Value Report(const Napi::CallbackInfo& info) {
    return ReportOf(info.Env(), report_, settings_);
  }
  Napi::Value Cancel(const Napi::CallbackInfo& info) {
    channel_->Cancel(static_cast<uint64_t>(info[0].ToNumber().Int64Value()));
    return info.Env().Undefined();
  }
  Napi::Value ReleaseMemory(const Napi::CallbackInfo& info) {
    channel_->ReleaseMemory();
    return info.Env().Undefined();
  }
  // tune(workers, tokensPerRun): numbers below 1 count as 1.
  Napi::Value Tune(const Napi::CallbackInfo& info) {
    const auto number = [&](size_t at) -> int64_t {
      return info[at].IsNumber() ? info[at].template As<Napi::Number>().Int64Value() : 1;
    };
    const int64_t workers = std::clamp<int64_t>(number(0), 1, settings_.workers);
    channel_->Tune(static_cast<int>(workers), static_cast<size_t>(std::max<int64_t>(1, number(1))));
    return info.Env().Undefined();
  }
  Napi::Value Close(const Napi::CallbackInfo&) { return channel_->Close(); }

  ModelReport report_;
  EmbedQueue::Settings settings_;
  size_t dimensions_ = 0;
  bool hasTokenizer_ = false;
  size_t words_ = 0;  // of the vocabulary of packed weights that run direct
  std::unique_ptr<JobChannel> channel_;
};

}  // namespace haypile
