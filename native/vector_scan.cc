#include "vector_scan.h"

#include "core/scan/binarise.h"
#include "core/scan/rescore.h"
#include "core/scan/similarities.h"
#include "napi_errors.h"
#include "promise_worker.h"
#include "scan_inputs.h"
#include "type_tags.h"

namespace haypile {
namespace {

// Rows compared with each other, on the JS thread: 4 MB of cosines, some 50 ms.
constexpr size_t kMostCompared = 1024;

class SearchWorker : public PromiseWorker {
 public:
  SearchWorker(Napi::Env env, std::shared_ptr<const BitIndex> index, std::vector<uint8_t> query,
               size_t r, std::unique_ptr<IdSet> allowed)
      : PromiseWorker(env),
        index_(std::move(index)),
        query_(std::move(query)),
        r_(r),
        allowed_(std::move(allowed)) {}

 protected:
  void Work() override {
    hits_ = index_->Search(query_.data(), r_, allowed_.get(), nullptr, ScanThreads());
    index_.reset();
  }
  Napi::Value Result(Napi::Env env) override { return IdsToJs(env, hits_); }

 private:
  std::shared_ptr<const BitIndex> index_;
  std::vector<uint8_t> query_;
  size_t r_;
  std::unique_ptr<IdSet> allowed_;
  std::vector<BitHit> hits_;
};

Napi::Value RescoreRows(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guarded(env, [&]() -> Napi::Value {
    const Span<float> query = VectorOf(info[0], kMostDotDimensions, "the query");
    const size_t dimensions = query.size;
    const Span<uint32_t> ids = IdsOf(info[3]);
    const Span<uint8_t> rows = BytesOf(info[1], napi_uint8_array, napi_int8_array, "rows");
    CheckLength(rows.size, ids.size * dimensions, "bytes of rows");
    const Span<float> scales = FloatsOf(info[2], ids.size, "scales");
    const size_t k = WholeNumberOf(info[4], 0, kMostScanResults, "the number of results");
    std::vector<int8_t> codes(dimensions);
    const float scale = QuantiseInt8(query.data, dimensions, codes.data());
    const std::vector<ScoredId> best = Rescore(codes.data(), scale, rows.data, scales.data,
                                               ids.data, ids.size, dimensions, k);
    Napi::Uint32Array bestIds = Napi::Uint32Array::New(env, best.size());
    Napi::Float32Array scores = Napi::Float32Array::New(env, best.size());
    for (size_t i = 0; i < best.size(); ++i) {
      bestIds[i] = best[i].id;
      scores[i] = best[i].score;
    }
    Napi::Object result = Napi::Object::New(env);
    result.Set("ids", bestIds);
    result.Set("scores", scores);
    return result;
  });
}

Napi::Value SimilaritiesOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guarded(env, [&]() -> Napi::Value {
    const Span<uint8_t> rows = BytesOf(info[0], napi_uint8_array, napi_int8_array, "rows");
    const size_t dimensions = WholeNumberOf(info[1], 1, kMostDotDimensions, "the dimensions");
    const size_t count = rows.size / dimensions;
    CheckLength(rows.size, count * dimensions, "bytes of rows");
    if (count > kMostCompared) {
      throw Error(code::kUsage, "Expected at most " + std::to_string(kMostCompared) +
                                    " rows, received " + std::to_string(count) + ".");
    }
    Napi::Float32Array cosines = Napi::Float32Array::New(env, count * count);
    Similarities(reinterpret_cast<const int8_t*>(rows.data), count, dimensions, cosines.Data());
    return cosines;
  });
}

Napi::Value ScanIsa(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), IsaName(BestIsa()));
}

}  // namespace

void DefineScan(Napi::Env env, Napi::Object exports) {
  exports.Set("VectorScan", VectorScan::Define(env));
  exports.Set("rescore", Napi::Function::New(env, RescoreRows, "rescore"));
  exports.Set("similarities", Napi::Function::New(env, SimilaritiesOf, "similarities"));
  exports.Set("scanIsa", Napi::Function::New(env, ScanIsa, "scanIsa"));
}

Napi::Function VectorScan::Define(Napi::Env env) {
  return DefineClass(env, "VectorScan",
                     {InstanceMethod("append", &VectorScan::Append),
                      InstanceMethod("appendCodes", &VectorScan::AppendCodes),
                      InstanceMethod("remove", &VectorScan::Remove),
                      InstanceMethod("search", &VectorScan::Search),
                      InstanceAccessor<&VectorScan::Size>("size"),
                      InstanceAccessor<&VectorScan::Bytes>("bytes"),
                      InstanceMethod("bytesWith", &VectorScan::BytesWith),
                      InstanceMethod("close", &VectorScan::Close)});
}

VectorScan::VectorScan(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  info.This().As<Napi::Object>().TypeTag(&kVectorScanTag);
  index_ = Guarded(info.Env(), [&] {
    return std::make_shared<BitIndex>(
        WholeNumberOf(info[0], 1, BitIndex::kMostDimensions, "the dimensions"));
  });
}

VectorScan::~VectorScan() {
  index_.reset();
  ReportMemory(Env());
}

const std::shared_ptr<BitIndex>& VectorScan::Open() const {
  if (index_ == nullptr) {
    throw Error(code::kClosed, "The vector scan was closed before this call.");
  }
  return index_;
}

void VectorScan::ReportMemory(Napi::Env env) {
  const int64_t bytes = index_ == nullptr ? 0 : static_cast<int64_t>(index_->bytes());
  if (bytes == reportedBytes_) return;
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes - reportedBytes_);
  reportedBytes_ = bytes;
}

Napi::Value VectorScan::Append(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&] {
    const auto& index = Open();
    const Span<uint32_t> ids = IdsOf(info[0]);
    const Span<uint8_t> bits = BytesOf(info[1], napi_uint8_array, "bits");
    CheckLength(bits.size, ids.size * index->BytesPerRow(), "bytes of bits");
    index->Append(ids.data, bits.data, ids.size);
    ReportMemory(info.Env());
    return info.Env().Undefined();
  });
}

Napi::Value VectorScan::AppendCodes(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const auto& index = Open();
    const size_t dimensions = index->dimensions();
    const size_t rowBytes = index->BytesPerRow();
    const Span<uint32_t> ids = IdsOf(info[0]);
    const Span<uint8_t> codes = BytesOf(info[1], napi_int8_array, napi_uint8_array, "codes");
    CheckLength(codes.size, ids.size * dimensions, "codes");
    const Span<float> scales = FloatsOf(info[2], ids.size, "scales");
    const Span<float> mean = FloatsOf(info[3], dimensions, "numbers of the mean");
    Napi::Uint8Array bits = Napi::Uint8Array::New(info.Env(), ids.size * rowBytes);
    for (size_t i = 0; i < ids.size; ++i) {
      BinariseInt8(reinterpret_cast<const int8_t*>(codes.data) + i * dimensions, scales.data[i],
                   mean.data, dimensions, bits.Data() + i * rowBytes);
    }
    index->Append(ids.data, bits.Data(), ids.size);
    ReportMemory(info.Env());
    return bits;
  });
}

Napi::Value VectorScan::Remove(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&] {
    const auto& index = Open();
    const Span<uint32_t> ids = IdsOf(info[0]);
    const size_t removed = index->Remove(ids.data, ids.size);
    ReportMemory(info.Env());
    return Napi::Number::New(info.Env(), static_cast<double>(removed));
  });
}

Napi::Value VectorScan::Search(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const auto& index = Open();
    const size_t dimensions = index->dimensions();
    const Span<float> query = FloatsOf(info[0], dimensions, "numbers of the query");
    const Span<float> mean = FloatsOf(info[1], dimensions, "numbers of the mean");
    const size_t r = WholeNumberOf(info[2], 0, kMostScanResults, "the number of results");
    std::unique_ptr<IdSet> allowed = IdSetOf(info[3], "the allowed ids");
    std::vector<uint8_t> bits(index->BytesPerRow());
    Binarise(query.data, mean.data, dimensions, bits.data());
    return (new SearchWorker(info.Env(), index, std::move(bits), r, std::move(allowed)))->Start();
  });
}

Napi::Value VectorScan::Size(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), index_ ? static_cast<double>(index_->size()) : 0);
}

Napi::Value VectorScan::Bytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), index_ ? static_cast<double>(index_->bytes()) : 0);
}

Napi::Value VectorScan::BytesWith(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&] {
    const size_t more = WholeNumberOf(info[0], 0, UINT32_MAX, "the number of rows");
    return Napi::Number::New(info.Env(), static_cast<double>(Open()->BytesWith(more)));
  });
}

std::shared_ptr<const BitIndex> VectorScan::IndexOf(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kVectorScanTag)) {
    throw Error(code::kUsage, "Expected a vector scan.");
  }
  return Unwrap(value.As<Napi::Object>())->Open();
}

Napi::Value VectorScan::Close(const Napi::CallbackInfo& info) {
  index_.reset();
  ReportMemory(info.Env());
  return info.Env().Undefined();
}

}  // namespace haypile
