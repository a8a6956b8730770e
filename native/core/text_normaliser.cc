#include "text_normaliser.h"

namespace haypile {
namespace {

constexpr int kLetter = 1;
constexpr int kNoLetter = 0;
constexpr int kLookOn = -1;

struct StringSink {
  std::string& out;
  size_t limit;

  const char* TakeWordBytes(const char* at, const char*) { return at; }
  bool Put(char32_t codePoint) {
    char bytes[4];
    out.append(bytes, WriteUtf8(codePoint, bytes));
    return out.size() <= limit;
  }
};

}  // namespace

TextNormaliser::TextNormaliser(const Options& options) : options_(options) {
  for (uint8_t byte = 0; byte < 128; ++byte) {
    const uint8_t flags = unicode::PropertiesOf(byte).flags;
    ascii_[byte] = byte;
    if (options.lowercase && byte >= 'A' && byte <= 'Z') ascii_[byte] = byte + ('a' - 'A');
    if (!options.cleanText) continue;
    if ((flags & unicode::kSpace) != 0) ascii_[byte] = ' ';
    if ((flags & unicode::kDropped) != 0) ascii_[byte] = kDroppedByte;
  }
}

void TextNormaliser::Append(std::string_view text, size_t limit, NormaliserScratch& scratch,
                            std::string& out) const {
  StringSink sink{out, limit};
  Run(text, scratch, sink);
}

// What a code point near a capital sigma says about it.
int TextNormaliser::SigmaView(char32_t codePoint) const {
  const uint8_t flags = unicode::PropertiesOf(codePoint).flags;
  if (options_.cleanText && (flags & unicode::kDropped) != 0) return kLookOn;
  if ((flags & unicode::kCased) != 0) return kLetter;
  return (flags & unicode::kCaseIgnorable) != 0 ? kLookOn : kNoLetter;
}

// Final: a letter stands before it and none behind it. Each look stops at the next sigma at the
// latest, so that all looks of a text together take no more than two passes over it.
bool TextNormaliser::IsFinalSigma(const Place& place) const {
  int before = kLookOn;
  for (const char* at = place.start; before == kLookOn && at != place.begin;) {
    before = SigmaView(ReadUtf8Backwards(place.begin, at));
  }
  if (before != kLetter) return false;
  int behind = kLookOn;
  for (const char* at = place.behind; behind == kLookOn && at != place.end;) {
    behind = SigmaView(ReadUtf8(at, place.end));
  }
  return behind != kLetter;
}

}  // namespace haypile
