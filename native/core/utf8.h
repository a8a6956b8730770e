// UTF-8 in and out. Bytes that are no UTF-8 read as U+FFFD, one for each longest piece that could
// have begun a character, as the WHATWG decoder (TextDecoder) does.
#pragma once
#include <cstddef>
#include <cstdint>

namespace haypile {

// Reads one code point at `at` (at < end) and moves `at` behind it.
inline char32_t ReadUtf8(const char*& at, const char* end) {
  constexpr char32_t kBroken = 0xfffd;
  const auto first = static_cast<uint8_t>(*at++);
  if (first < 0x80) return first;
  int more;
  uint8_t low = 0x80;   // what the second byte may be: keeps out long forms,
  uint8_t high = 0xbf;  // surrogates and everything beyond U+10FFFF
  char32_t value;
  if (first >= 0xc2 && first <= 0xdf) {
    more = 1;
    value = first & 0x1f;
  } else if (first >= 0xe0 && first <= 0xef) {
    more = 2;
    value = first & 0x0f;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    more = 3;
    value = first & 0x07;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
  } else {
    return kBroken;
  }
  for (; more > 0; --more) {
    if (at == end) return kBroken;
    const auto byte = static_cast<uint8_t>(*at);
    if (byte < low || byte > high) return kBroken;
    value = (value << 6) | (byte & 0x3f);
    low = 0x80;
    high = 0xbf;
    ++at;
  }
  return value;
}

// Reads the code point that ends at `at` (begin < at) and moves `at` to its start.
inline char32_t ReadUtf8Backwards(const char* begin, const char*& at) {
  const char* const end = at;
  for (const char* start = at - 1; start >= begin && end - start <= 4; --start) {
    if ((static_cast<uint8_t>(*start) & 0xc0) == 0x80) continue;
    const char* behind = start;
    const char32_t value = ReadUtf8(behind, end);
    if (behind != end) break;
    at = start;
    return value;
  }
  --at;
  return 0xfffd;
}

// Writes a code point (at most U+10FFFF) and returns how many bytes it took, at most 4.
inline size_t WriteUtf8(char32_t codePoint, char* out) {
  if (codePoint < 0x80) {
    out[0] = static_cast<char>(codePoint);
    return 1;
  }
  if (codePoint < 0x800) {
    out[0] = static_cast<char>(0xc0 | (codePoint >> 6));
    out[1] = static_cast<char>(0x80 | (codePoint & 0x3f));
    return 2;
  }
  if (codePoint < 0x10000) {
    out[0] = static_cast<char>(0xe0 | (codePoint >> 12));
    out[1] = static_cast<char>(0x80 | ((codePoint >> 6) & 0x3f));
    out[2] = static_cast<char>(0x80 | (codePoint & 0x3f));
    return 3;
  }
  out[0] = static_cast<char>(0xf0 | (codePoint >> 18));
  out[1] = static_cast<char>(0x80 | ((codePoint >> 12) & 0x3f));
  out[2] = static_cast<char>(0x80 | ((codePoint >> 6) & 0x3f));
  out[3] = static_cast<char>(0x80 | (codePoint & 0x3f));
  return 4;
}

}  // namespace haypile
