#include "bit_query.h"

#include <mutex>

#include "core/crc32.h"
#include "core/scan/binarise.h"
#include "core/scan/bit_stream.h"
#include "napi_errors.h"
#include "promise_worker.h"
#include "scan_inputs.h"
#include "type_tags.h"
#include "vector_scan.h"

namespace haypile {

struct BitQuery::State {
  State(size_t dimensions, std::vector<uint8_t> bits, size_t most)
      : queryBits(std::move(bits)), r(most), stream(dimensions, queryBits.data(), most) {}

  const std::vector<uint8_t> queryBits;
  const size_t r;
  std::unique_ptr<IdSet> allowed;
  std::unique_ptr<IdSet> removed;
  std::mutex mutex;  // of stream
  BitStream stream;
};

namespace {

uint32_t SumOf(const uint32_t* ids, size_t count, const uint8_t* bits, size_t bytes) {
  const uint32_t first = Crc32(reinterpret_cast<const uint8_t*>(ids), count * sizeof(uint32_t));
  return Crc32(bits, bytes, first);
}

class ScanWorker : public PromiseWorker {
 public:
  ScanWorker(Napi::Env env, std::shared_ptr<BitQuery::State> state, Napi::Object ids,
             Napi::Object bits, const Span<uint32_t>& idSpan, const Span<uint8_t>& bitSpan,
             bool checks, uint32_t sum)
      : PromiseWorker(env),
        state_(std::move(state)),
        heldIds_(Napi::Persistent(ids)),
        heldBits_(Napi::Persistent(bits)),
        ids_(idSpan),
        bits_(bitSpan),
        checks_(checks),
        sum_(sum) {}

 protected:
  void Work() override {
    isWhole_ = !checks_ || SumOf(ids_.data, ids_.size, bits_.data, bits_.size) == sum_;
    if (!isWhole_) return;
    const std::lock_guard lock(state_->mutex);
    state_->stream.Scan(ids_.data, bits_.data, ids_.size, state_->allowed.get(),
                        state_->removed.get());
  }
  Napi::Value Result(Napi::Env env) override { return Napi::Boolean::New(env, isWhole_); }

 private:
  std::shared_ptr<BitQuery::State> state_;
  Napi::ObjectReference heldIds_;
  Napi::ObjectReference heldBits_;
  Span<uint32_t> ids_;
  Span<uint8_t> bits_;
  bool checks_;
  uint32_t sum_;
  bool isWhole_ = false;
};

class IndexWorker : public PromiseWorker {
 public:
  IndexWorker(Napi::Env env, std::shared_ptr<BitQuery::State> state,
              std::shared_ptr<const BitIndex> index)
      : PromiseWorker(env), state_(std::move(state)), index_(std::move(index)) {}

 protected:
  void Work() override {
    const std::vector<BitHit> hits = index_->Search(state_->queryBits.data(), state_->r,
                                                    state_->allowed.get(), nullptr, ScanThreads());
    index_.reset();
    const std::lock_guard lock(state_->mutex);
    state_->stream.Add(hits);
  }

 private:
  std::shared_ptr<BitQuery::State> state_;
  std::shared_ptr<const BitIndex> index_;
};

class BinariseWorker : public PromiseWorker {
 public:
  BinariseWorker(Napi::Env env, Napi::Object codes, const Span<uint8_t>& codeSpan,
                 const Span<uint32_t>& ids, const Span<float>& scales, const Span<float>& mean)
      : PromiseWorker(env),
        heldCodes_(Napi::Persistent(codes)),
        codes_(codeSpan),
        ids_(ids.data, ids.data + ids.size),
        scales_(scales.data, scales.data + scales.size),
        mean_(mean.data, mean.data + mean.size) {}

 protected:
  void Work() override {
    const size_t dimensions = mean_.size();
    const size_t rowBytes = (dimensions + 7) / 8;
    bits_.resize(ids_.size() * rowBytes);
    for (size_t i = 0; i < ids_.size(); ++i) {
      BinariseInt8(reinterpret_cast<const int8_t*>(codes_.data) + i * dimensions, scales_[i],
                   mean_.data(), dimensions, bits_.data() + i * rowBytes);
    }
    sum_ = SumOf(ids_.data(), ids_.size(), bits_.data(), bits_.size());
  }
  Napi::Value Result(Napi::Env env) override {
    Napi::Object result = Napi::Object::New(env);
    result.Set("bits", ArrayOf<Napi::Uint8Array>(env, bits_));
    result.Set("sum", Napi::Number::New(env, sum_));
    return result;
  }

 private:
  Napi::ObjectReference heldCodes_;
  Span<uint8_t> codes_;
  std::vector<uint32_t> ids_;
  std::vector<float> scales_;
  std::vector<float> mean_;
  std::vector<uint8_t> bits_;
  uint32_t sum_ = 0;
};

Napi::Value BinariseRows(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const Span<float> mean = VectorOf(info[3], BitIndex::kMostDimensions, "the mean");
    const size_t dimensions = mean.size;
    const Span<uint32_t> ids = IdsOf(info[0]);
    const Span<uint8_t> codes = BytesOf(info[1], napi_uint8_array, napi_int8_array, "codes");
    CheckLength(codes.size, ids.size * dimensions, "codes");
    const Span<float> scales = FloatsOf(info[2], ids.size, "scales");
    return (new BinariseWorker(info.Env(), info[1].As<Napi::Object>(), codes, ids, scales, mean))
        ->Start();
  });
}

}  // namespace

void DefineBitQuery(Napi::Env env, Napi::Object exports) {
  exports.Set("BitQuery", BitQuery::Define(env));
  exports.Set("binarise", Napi::Function::New(env, BinariseRows, "binarise"));
}

Napi::Function BitQuery::Define(Napi::Env env) {
  return DefineClass(env, "BitQuery",
                     {InstanceMethod("scan", &BitQuery::Scan),
                      InstanceMethod("search", &BitQuery::Search),
                      InstanceMethod("best", &BitQuery::Best),
                      InstanceMethod("close", &BitQuery::Close)});
}

BitQuery::BitQuery(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  state_ = Guarded(info.Env(), [&] {
    const Span<float> query = VectorOf(info[0], BitIndex::kMostDimensions, "the query");
    const size_t dimensions = query.size;
    const Span<float> mean = FloatsOf(info[1], dimensions, "numbers of the mean");
    const size_t r = WholeNumberOf(info[2], 0, kMostScanResults, "the number of results");
    std::vector<uint8_t> bits((dimensions + 7) / 8);
    Binarise(query.data, mean.data, dimensions, bits.data());
    auto state = std::make_shared<State>(dimensions, std::move(bits), r);
    state->allowed = IdSetOf(info[3], "the allowed ids");
    state->removed = IdSetOf(info[4], "the removed ids");
    return state;
  });
  for (const auto* set : {state_->allowed.get(), state_->removed.get()}) {
    if (set != nullptr) reportedBytes_ += static_cast<int64_t>(set->size() * sizeof(uint64_t));
  }
  if (reportedBytes_ > 0) Napi::MemoryManagement::AdjustExternalMemory(info.Env(), reportedBytes_);
}

BitQuery::~BitQuery() { LetGo(Env()); }

const std::shared_ptr<BitQuery::State>& BitQuery::Open() const {
  if (state_ == nullptr) {
    throw Error(code::kClosed, "The query over bits was closed before this call.");
  }
  return state_;
}

void BitQuery::LetGo(Napi::Env env) {
  state_.reset();
  if (reportedBytes_ > 0) Napi::MemoryManagement::AdjustExternalMemory(env, -reportedBytes_);
  reportedBytes_ = 0;
}

Napi::Value BitQuery::Scan(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const auto& state = Open();
    const Span<uint32_t> ids = IdsOf(info[0]);
    const Span<uint8_t> bits = BytesOf(info[1], napi_uint8_array, "bits");
    CheckLength(bits.size, ids.size * state->stream.BytesPerRow(), "bytes of bits");
    const bool checks = !info[2].IsUndefined();
    const size_t sum = checks ? WholeNumberOf(info[2], 0, UINT32_MAX, "the sum") : 0;
    return (new ScanWorker(info.Env(), state, info[0].As<Napi::Object>(),
                           info[1].As<Napi::Object>(), ids, bits, checks,
                           static_cast<uint32_t>(sum)))
        ->Start();
  });
}

Napi::Value BitQuery::Search(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const auto& state = Open();
    std::shared_ptr<const BitIndex> index = VectorScan::IndexOf(info[0]);
    CheckLength(index->BytesPerRow(), state->queryBits.size(), "bytes of bits a row");
    return (new IndexWorker(info.Env(), state, std::move(index)))->Start();
  });
}

Napi::Value BitQuery::Best(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const auto& state = Open();
    const std::lock_guard lock(state->mutex);
    return IdsToJs(info.Env(), state->stream.Best());
  });
}

Napi::Value BitQuery::Close(const Napi::CallbackInfo& info) {
  LetGo(info.Env());
  return info.Env().Undefined();
}

}  // namespace haypile
