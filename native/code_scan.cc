#include "code_scan.h"

#include <string>
#include <vector>

#include "napi_errors.h"
#include "scan_inputs.h"

namespace haypile {
void DefineCodeScan(Napi::Env env, Napi::Object exports) {
  exports.Set("CodeScan", CodeScan::Define(env));
}

Napi::Function CodeScan::Define(Napi::Env env) {
  return DefineClass(env, "CodeScan",
                     {InstanceMethod("append", &CodeScan::Append),
                      InstanceMethod("search", &CodeScan::Search),
                      InstanceAccessor<&CodeScan::Size>("size"),
                      InstanceAccessor<&CodeScan::Bytes>("bytes"),
                      InstanceMethod("bytesWith", &CodeScan::BytesWith),
                      InstanceMethod("close", &CodeScan::Close)});
}

CodeScan::CodeScan(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  index_ = Guarded(info.Env(), [&] {
    const size_t dimensions = WholeNumberOf(info[0], 1, kMostDotDimensions, "the dimensions");
    const size_t bits = WholeNumberOf(info[1], 4, 8, "the bits of a value");
    if (bits != 4 && bits != 8) {
      throw Error(code::kUsage, "Expected 4 or 8 bits a value, received " + std::to_string(bits) + ".");
    }
    return std::make_unique<CodeIndex>(dimensions, static_cast<unsigned>(bits));
  });
}

CodeScan::~CodeScan() {
  index_.reset();
  ReportMemory(Env());
}

const std::unique_ptr<CodeIndex>& CodeScan::Open() const {
  if (index_ == nullptr) {
    throw Error(code::kClosed, "The code scan was closed before this call.");
  }
  return index_;
}

void CodeScan::ReportMemory(Napi::Env env) {
  const int64_t bytes = index_ == nullptr ? 0 : static_cast<int64_t>(index_->bytes());
  if (bytes == reportedBytes_) return;
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes - reportedBytes_);
  reportedBytes_ = bytes;
}

Napi::Value CodeScan::Append(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&] {
    const auto& index = Open();
    const Span<uint8_t> codes = BytesOf(info[0], napi_int8_array, napi_uint8_array, "codes");
    const size_t count = codes.size / index->dimensions();
    CheckLength(codes.size, count * index->dimensions(), "codes");
    const Span<float> scales = FloatsOf(info[1], count, "scales");
    index->Append(reinterpret_cast<const int8_t*>(codes.data), scales.data, count);
    ReportMemory(info.Env());
    return info.Env().Undefined();
  });
}

Napi::Value CodeScan::Search(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const auto& index = Open();
    const Span<float> query = FloatsOf(info[0], index->dimensions(), "numbers of the query");
    const size_t k = WholeNumberOf(info[1], 0, kMostScanResults, "the number of results");
    std::unique_ptr<IdSet> allowed = IdSetOf(info[2], "the allowed rows");
    std::vector<int8_t> codes(query.size);
    const float scale = QuantiseInt8(query.data, query.size, codes.data());
    const std::vector<ScoredId> found = index->Search(codes.data(), scale, k, allowed.get());
    Napi::Uint32Array rows = Napi::Uint32Array::New(info.Env(), found.size());
    for (size_t i = 0; i < found.size(); ++i) rows[i] = found[i].id;
    return rows;
  });
}

Napi::Value CodeScan::Size(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), index_ ? static_cast<double>(index_->size()) : 0);
}

Napi::Value CodeScan::Bytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), index_ ? static_cast<double>(index_->bytes()) : 0);
}

Napi::Value CodeScan::BytesWith(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&] {
    const size_t more = WholeNumberOf(info[0], 0, UINT32_MAX, "the number of rows");
    return Napi::Number::New(info.Env(), static_cast<double>(Open()->BytesWith(more)));
  });
}

Napi::Value CodeScan::Close(const Napi::CallbackInfo& info) {
  index_.reset();
  ReportMemory(info.Env());
  return info.Env().Undefined();
}

}  // namespace haypile
