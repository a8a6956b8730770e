// State of one JS environment (the main thread or a worker): constructors, and nothing shared.
#pragma once
#include "napi_setup.h"

namespace haypile {

struct EnvData {
  Napi::FunctionReference tokenizer;
  Napi::FunctionReference embedder;
  Napi::FunctionReference reranker;
};

EnvData& DataOf(Napi::Env env);

}  // namespace haypile
