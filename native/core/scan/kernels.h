// The loops a vector search spends its time in, for each instruction set that has its own.
// All of them give the same numbers to the last bit; which one runs is decided at run time.
#pragma once
#include <cstddef>
#include <cstdint>

namespace haypile {

enum class Isa { kScalar, kAvx2, kAvx512, kNeon };

// A distance is a uint16: rows are at most this long.
constexpr size_t kMostRowBytes = 8184;
// Dot products of rows this long still fit into an int32, -128 included.
constexpr size_t kMostDotDimensions = 65536;
constexpr size_t kMostNibbleBytes = kMostDotDimensions / 2;

struct Kernels {
  // Number of differing bits between the query and each of `count` rows, which lie in a row.
  // rowBytes: a multiple of 8, at most kMostRowBytes. Nothing need be aligned.
  void (*hammingScan)(const uint8_t* query, const uint8_t* rows, size_t count, size_t rowBytes,
                      uint16_t* distances);
  // Dot product of the query and each of `count` rows. Exact.
  void (*dotInt8)(const int8_t* query, const int8_t* rows, size_t count, size_t dimensions,
                  int32_t* dots);
  // Dot product of the query and each of `count` rows of two values a byte, each 0 to 15. The lower half of byte i is
  // value i, the upper half value rowBytes + i. Exact. rowBytes: a multiple of 32, at most kMostNibbleBytes.
  // query: 2 * rowBytes values.
  void (*dotNibbles)(const int8_t* query, const uint8_t* rows, size_t count, size_t rowBytes,
                    int32_t* dots);
};

const char* IsaName(Isa isa);
// Built in, and this CPU and its operating system have it.
bool Supported(Isa isa);
// The fastest one supported.
Isa BestIsa();
// isa: a supported one.
const Kernels& KernelsOf(Isa isa);

void HammingScan(const uint8_t* query, const uint8_t* rows, size_t count, size_t rowBytes,
                 uint16_t* distances);
void DotInt8(const int8_t* query, const int8_t* rows, size_t count, size_t dimensions,
             int32_t* dots);
void DotNibbles(const int8_t* query, const uint8_t* rows, size_t count, size_t rowBytes,
               int32_t* dots);

}  // namespace haypile
