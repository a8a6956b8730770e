#include "word_splitter.h"

#include <array>
#include <cstdint>

namespace haypile {
namespace {

enum Kind : uint8_t { kOther, kLower, kUpper, kDigit, kUnderscore };

// Longer words (encoded data, mostly) are cut to this many characters and not split.
constexpr size_t kLongestWord = 64;

constexpr std::array<Kind, 256> MakeKinds() {
  std::array<Kind, 256> kinds{};
  for (size_t c = 'a'; c <= 'z'; ++c) kinds[c] = kLower;
  for (size_t c = 'A'; c <= 'Z'; ++c) kinds[c] = kUpper;
  for (size_t c = '0'; c <= '9'; ++c) kinds[c] = kDigit;
  kinds['_'] = kUnderscore;
  return kinds;
}
constexpr std::array<Kind, 256> kKinds = MakeKinds();

Kind KindOf(char c) { return kKinds[static_cast<unsigned char>(c)]; }

void AppendLower(std::string_view word, std::string& terms) {
  if (!terms.empty()) terms.push_back(' ');
  for (const char c : word) terms.push_back(KindOf(c) == kUpper ? static_cast<char>(c + 32) : c);
}

// Where the part that begins at `at` ends; `at` itself for an underscore.
size_t EndOfPart(std::string_view word, size_t at) {
  const Kind kind = KindOf(word[at]);
  if (kind == kUnderscore) return at;
  size_t end = at + 1;
  while (end < word.size() && KindOf(word[end]) == kind) ++end;
  if (kind != kUpper || end == word.size() || KindOf(word[end]) != kLower) return end;
  // The last capital of several begins the next word; one alone begins this one.
  if (end - at > 1) return end - 1;
  while (end < word.size() && KindOf(word[end]) == kLower) ++end;
  return end;
}

void AppendWord(std::string_view word, std::string& terms) {
  if (word.size() > kLongestWord) {
    AppendLower(word.substr(0, kLongestWord), terms);
    return;
  }
  bool wholeIsIn = false;
  for (size_t at = 0; at < word.size();) {
    const size_t end = EndOfPart(word, at);
    if (end == at) {
      ++at;
      continue;
    }
    // Signs alone are no word, so the whole waits for its first part.
    if (!wholeIsIn) AppendLower(word, terms);
    wholeIsIn = true;
    // One letter alone says nothing, and would be the most common word of all.
    if (end - at > 1 && end - at < word.size()) AppendLower(word.substr(at, end - at), terms);
    at = end;
  }
}

}  // namespace

bool SplitAsciiWords(std::string_view text, std::string& terms) {
  unsigned char bits = 0;
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  if (bits >= 0x80) return false;
  std::string own;
  own.reserve(text.size() + text.size() / 2);
  for (size_t at = 0; at < text.size();) {
    if (KindOf(text[at]) == kOther) {
      ++at;
      continue;
    }
    size_t end = at + 1;
    while (end < text.size() && KindOf(text[end]) != kOther) ++end;
    AppendWord(text.substr(at, end - at), own);
    at = end;
  }
  if (terms.empty()) {
    terms = std::move(own);
  } else if (!own.empty()) {
    terms.push_back(' ');
    terms += own;
  }
  return true;
}

}  // namespace haypile
