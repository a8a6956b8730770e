#include "env_data.h"

#include <random>

#include "type_tags.h"

namespace haypile {
namespace {

napi_type_tag RandomTag() {
  std::random_device source;
  const auto word = [&] { return (uint64_t{source()} << 32) | source(); };
  return {word(), word()};
}

}  // namespace

const napi_type_tag kTokenizerTag = RandomTag();
const napi_type_tag kEmbedderTag = RandomTag();
const napi_type_tag kRerankerTag = RandomTag();
const napi_type_tag kVectorScanTag = RandomTag();

EnvData& DataOf(Napi::Env env) { return *env.GetInstanceData<EnvData>(); }

}  // namespace haypile
