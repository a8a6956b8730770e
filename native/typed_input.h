// Typed arrays from JS, checked: a wrong kind, a detached buffer, a wrong length or a number that
// is not finite is a usage error. The data belongs to JS: it is read before the call returns.
#pragma once
#include <cmath>
#include <string>

#include "errors.h"
#include "napi_setup.h"

namespace haypile {

template <class T>
struct Span {
  const T* data = nullptr;
  size_t size = 0;
};

namespace typed {

inline const char* NameOf(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
      return "Int8Array";
    case napi_uint8_array:
      return "Uint8Array";
    case napi_uint32_array:
      return "Uint32Array";
    case napi_float32_array:
      return "Float32Array";
    case napi_biguint64_array:
      return "BigUint64Array";
    default:
      return "typed array";
  }
}

inline bool Is(const Napi::Value& value, napi_typedarray_type type) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == type;
}

}  // namespace typed

// The bytes of a typed array of one of two kinds; `what` names it in the error: "ids".
inline Span<uint8_t> BytesOf(const Napi::Value& value, napi_typedarray_type type,
                             napi_typedarray_type orType, const char* what) {
  if (!typed::Is(value, type) && !typed::Is(value, orType)) {
    const std::string or_ = type == orType ? "" : std::string(" or ") + typed::NameOf(orType);
    throw Error(code::kUsage, std::string("Expected ") + what + " as a " + typed::NameOf(type) +
                                  or_ + ".");
  }
  // Asked of the engine itself: it gives no address for a detached buffer, and no error.
  napi_typedarray_type found;
  size_t elements = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
  size_t offset = 0;
  bool detached = false;
  if (napi_get_typedarray_info(value.Env(), value, &found, &elements, &data, &buffer, &offset) !=
          napi_ok ||
      napi_is_detached_arraybuffer(value.Env(), buffer, &detached) != napi_ok || detached) {
    throw Error(code::kUsage, std::string("The buffer of ") + what + " is detached.");
  }
  const size_t bytes = elements * value.As<Napi::TypedArray>().ElementSize();
  return {static_cast<const uint8_t*>(data), bytes};
}

inline Span<uint8_t> BytesOf(const Napi::Value& value, napi_typedarray_type type,
                             const char* what) {
  return BytesOf(value, type, type, what);
}

inline void CheckLength(size_t size, size_t expected, const char* what) {
  if (size == expected) return;
  throw Error(code::kUsage, std::string("Expected ") + std::to_string(expected) + " " + what +
                                ", received " + std::to_string(size) + ".");
}

inline Span<uint32_t> IdsOf(const Napi::Value& value) {
  const Span<uint8_t> bytes = BytesOf(value, napi_uint32_array, "ids");
  return {reinterpret_cast<const uint32_t*>(bytes.data), bytes.size / sizeof(uint32_t)};
}

// Finite numbers, `expected` of them.
inline Span<float> FloatsOf(const Napi::Value& value, size_t expected, const char* what) {
  const Span<uint8_t> bytes = BytesOf(value, napi_float32_array, what);
  const Span<float> floats{reinterpret_cast<const float*>(bytes.data),
                           bytes.size / sizeof(float)};
  CheckLength(floats.size, expected, what);
  for (size_t i = 0; i < floats.size; ++i) {
    if (std::isfinite(floats.data[i])) continue;
    throw Error(code::kUsage, std::string("Expected finite ") + what + ", but number " +
                                  std::to_string(i) + " is not.");
  }
  return floats;
}

// A vector of 1 to `most` finite numbers; its length says how many dimensions there are.
inline Span<float> VectorOf(const Napi::Value& value, size_t most, const char* what) {
  const size_t size = BytesOf(value, napi_float32_array, what).size / sizeof(float);
  if (size < 1 || size > most) {
    throw Error(code::kUsage, std::string("Expected ") + what + " as 1 to " +
                                  std::to_string(most) + " numbers, received " +
                                  std::to_string(size) + ".");
  }
  return FloatsOf(value, size, (std::string("numbers of ") + what).c_str());
}

// A whole number from `least` to `most`.
inline size_t WholeNumberOf(const Napi::Value& value, size_t least, size_t most,
                            const char* what) {
  const double number =
      value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(number >= static_cast<double>(least) && number <= static_cast<double>(most)) ||
      number != std::floor(number)) {
    throw Error(code::kUsage, std::string("Expected a whole number from ") +
                                  std::to_string(least) + " to " + std::to_string(most) +
                                  " as " + what + ".");
  }
  return static_cast<size_t>(number);
}

}  // namespace haypile
