#include "unicode.h"

namespace haypile {
namespace unicode {
namespace {

#include "unicode_tables.inc"

constexpr char32_t kHangulFirst = 0xac00;
constexpr char32_t kHangulCount = 11172;
constexpr char32_t kHangulVowels = 21;
constexpr char32_t kHangulTrails = 28;

}  // namespace

const char* Version() { return kUnicodeVersion; }

const Properties& PropertiesOf(char32_t codePoint) {
  const uint32_t block = kStages[codePoint / kBlockSize];
  return kRecords[kBlocks[block * kBlockSize + codePoint % kBlockSize]];
}

size_t Decompose(char32_t codePoint, const Properties& properties, char32_t out[4]) {
  if (properties.decompositionLength > 0) {
    for (size_t i = 0; i < properties.decompositionLength; ++i) {
      out[i] = kDecompositions[properties.decompositionOffset + i];
    }
    return properties.decompositionLength;
  }
  if (codePoint < kHangulFirst || codePoint - kHangulFirst >= kHangulCount) {
    out[0] = codePoint;
    return 1;
  }
  const char32_t index = codePoint - kHangulFirst;
  const char32_t trail = index % kHangulTrails;
  out[0] = 0x1100 + index / (kHangulVowels * kHangulTrails);
  out[1] = 0x1161 + index / kHangulTrails % kHangulVowels;
  if (trail == 0) return 2;
  out[2] = 0x11a7 + trail;
  return 3;
}

}  // namespace unicode
}  // namespace haypile
