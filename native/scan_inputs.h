// What the faces of the vector scan share: how many threads, id sets from JS, arrays to JS.
#pragma once
#include <algorithm>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "core/scan/bit_index.h"
#include "typed_input.h"

namespace haypile {

constexpr size_t kMostScanResults = UINT32_MAX;

inline size_t ScanThreads() {
  // A scan is bound by memory soon: more threads than this win nothing.
  constexpr size_t kMostThreads = 4;
  static const size_t threads =
      std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  return threads;
}

template <class Array, class T>
Array ArrayOf(Napi::Env env, const std::vector<T>& values) {
  Array array = Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

inline Napi::Uint32Array IdsToJs(Napi::Env env, const std::vector<BitHit>& hits) {
  Napi::Uint32Array ids = Napi::Uint32Array::New(env, hits.size());
  std::transform(hits.begin(), hits.end(), ids.Data(), [](const BitHit& hit) { return hit.id; });
  return ids;
}

// Words of a bitmap over ids, null for undefined; bits behind the last byte are zero.
inline std::unique_ptr<IdSet> IdSetOf(const Napi::Value& value, const char* what) {
  if (value.IsUndefined() || value.IsNull()) return nullptr;
  const Span<uint8_t> bytes = BytesOf(value, napi_biguint64_array, napi_uint8_array, what);
  auto set = std::make_unique<IdSet>((bytes.size + 7) / 8);
  if (bytes.size > 0) std::memcpy(set->data(), bytes.data, bytes.size);
  return set;
}

}  // namespace haypile
