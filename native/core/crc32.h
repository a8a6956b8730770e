// The CRC-32 of zlib and gzip.
#pragma once
#include <cstddef>
#include <cstdint>

namespace haypile {

// Goes on from `crc`, the sum of what came before; 0 to begin.
uint32_t Crc32(const uint8_t* bytes, size_t size, uint32_t crc = 0);

}  // namespace haypile
