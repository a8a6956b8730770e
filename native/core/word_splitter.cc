#include "word_splitter.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <unordered_set>

namespace haypile {
namespace {

// Signs come first: what is above them stands in words.
enum Kind : uint8_t { kOther, kSign, kLower, kUpper, kDigit, kUnderscore };

// Words of more characters are encoded data: the begin of it stands for it.
constexpr size_t kLongestSplit = 256;
constexpr size_t kLongestOfData = 64;
// Above that length a word is an identifier when its parts have at least so many characters each, on average.
constexpr size_t kLeastPerPart = 3;

constexpr size_t kLongestVersion = 64;
constexpr size_t kLeastNumbersOfVersion = 3;

constexpr std::string_view kSigns = "!#$%&*+-./:<=>?@\\^|~";
// The others of one sign stand in nearly every text, "#" and "*" in front of its comments.
constexpr std::string_view kLoneSigns = "!$%&+<>?@\\^|~";
constexpr size_t kLongestRun = 4;

constexpr std::array<Kind, 256> MakeKinds() {
  std::array<Kind, 256> kinds{};
  for (size_t c = 'a'; c <= 'z'; ++c) kinds[c] = kLower;
  for (size_t c = 'A'; c <= 'Z'; ++c) kinds[c] = kUpper;
  for (size_t c = '0'; c <= '9'; ++c) kinds[c] = kDigit;
  kinds['_'] = kUnderscore;
  for (const char c : kSigns) kinds[static_cast<unsigned char>(c)] = kSign;
  return kinds;
}
constexpr std::array<Kind, 256> kKinds = MakeKinds();

Kind KindOf(char c) { return kKinds[static_cast<unsigned char>(c)]; }

constexpr std::array<bool, 256> MakeLone() {
  std::array<bool, 256> lone{};
  for (const char c : kLoneSigns) lone[static_cast<unsigned char>(c)] = true;
  return lone;
}
constexpr std::array<bool, 256> kIsLone = MakeLone();

constexpr std::array<char, 256> MakeLower() {
  std::array<char, 256> lower{};
  for (size_t c = 0; c < lower.size(); ++c) lower[c] = static_cast<char>(kKinds[c] == kUpper ? c + 32 : c);
  return lower;
}
constexpr std::array<char, 256> kLowerOf = MakeLower();

void AppendLower(std::string_view word, std::string& terms) {
  const bool isFirst = terms.empty();
  const size_t begin = terms.size();
  terms.append(word.size() + (isFirst ? 0 : 1), ' ');
  char* to = terms.data() + begin + (isFirst ? 0 : 1);
  for (const char c : word) *to++ = kLowerOf[static_cast<unsigned char>(c)];
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

size_t CountParts(std::string_view word) {
  size_t count = 0;
  for (size_t at = 0; at < word.size();) {
    const size_t end = EndOfPart(word, at);
    if (end > at) ++count;
    at = std::max(end, at + 1);
  }
  return count;
}

void AppendWord(std::string_view word, std::string& terms) {
  if (word.size() > kLongestOfData &&
      (word.size() > kLongestSplit || CountParts(word) * kLeastPerPart > word.size())) {
    AppendLower(word.substr(0, kLongestOfData), terms);
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

// Numbers with a dot between them, as the words of a text come by; of these only what ends in a digit need come.
class Versions {
 public:
  explicit Versions(std::string_view text) : text_(text) {}

  void See(size_t begin, size_t end) {
    const bool isNext = count_ > 0 && begin == end_ + 1 && text_[end_] == '.';
    if (isNext && AreDigits(begin, end)) {
      ++count_;
      end_ = end;
      return;
    }
    Settle();
    const bool hasV = text_[begin] == 'v' || text_[begin] == 'V';
    begin_ = hasV ? begin + 1 : begin;
    count_ = begin_ < end && AreDigits(begin_, end) ? 1 : 0;
    end_ = end;
  }

  void Settle() {
    if (count_ < kLeastNumbersOfVersion || end_ - begin_ > kLongestVersion) return;
    if (!terms.empty()) terms.push_back(' ');
    for (const char c : text_.substr(begin_, end_ - begin_)) terms.push_back(c == '.' ? '_' : c);
  }

  std::string terms;

 private:
  bool AreDigits(size_t begin, size_t end) const {
    while (begin < end && KindOf(text_[begin]) == kDigit) ++begin;
    return begin == end;
  }

  std::string_view text_;
  size_t count_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

bool IsAll(std::string_view run, char sign) { return run.find_first_not_of(sign) == std::string_view::npos; }

// "//", "///", "//!", "/*", "/**", "/*!", "*/", "**/", "##" and longer ones. The run has two signs or more.
bool IsCommentMark(std::string_view run) {
  if (IsAll(run, '#')) return true;
  if (run.back() == '/' && IsAll(run.substr(0, run.size() - 1), '*')) return true;
  if (run.front() != '/') return false;
  run.remove_prefix(1);
  if (run.back() == '!') run.remove_suffix(1);
  return !run.empty() && (IsAll(run, '*') || IsAll(run, '/'));
}

// Runs of signs, each once: "??" becomes __3f_3f__.
class Operators {
 public:
  void See(std::string_view run) {
    const size_t size = run.size();
    if (size == 1) {
      const auto sign = static_cast<unsigned char>(run[0]);
      if (kIsLone[sign] && !seenLone_[sign]) Append(run);
      seenLone_[sign] = true;
      return;
    }
    if (size > kLongestRun) return;
    if (!seenRuns_.Insert(KeyOf(run)) || IsCommentMark(run)) return;
    const bool isSame = IsAll(run, run[0]);
    if (isSame && size == kLongestRun) return;
    Add(run);
    const bool isOne = run.back() == '=' || run.back() == '>' || run.front() == '<';
    if (size == 2 || isSame || isOne || run.find_first_of("/\\") != std::string_view::npos) return;
    // Two that touch, as in "a&&!b": nobody asks for them together.
    for (size_t part = 2; part < size; ++part) {
      for (size_t at = 0; at + part <= size; ++at) Add(run.substr(at, part));
    }
  }

  std::string terms;

 private:
  // Few in nearly every text; a text of signs alone has many.
  class Keys {
   public:
    bool Insert(uint32_t key) {
      const auto end = few_.begin() + count_;
      if (std::find(few_.begin(), end, key) != end) return false;
      if (count_ == few_.size()) return many_.insert(key).second;
      few_[count_++] = key;
      return true;
    }

   private:
    std::array<uint32_t, 32> few_;
    size_t count_ = 0;
    std::unordered_set<uint32_t> many_;
  };

  static uint32_t KeyOf(std::string_view run) {
    uint32_t key = 0;
    for (const char sign : run) key = key << 8 | static_cast<unsigned char>(sign);
    return key;
  }

  void Add(std::string_view run) {
    if (seenTerms_.Insert(KeyOf(run))) Append(run);
  }

  void Append(std::string_view run) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    if (!terms.empty()) terms.push_back(' ');
    terms.push_back('_');
    for (const char sign : run) {
      terms.push_back('_');
      terms.push_back(kHex[static_cast<unsigned char>(sign) >> 4]);
      terms.push_back(kHex[static_cast<unsigned char>(sign) & 15]);
    }
    terms += "__";
  }

  std::array<bool, 256> seenLone_{};
  Keys seenRuns_;
  Keys seenTerms_;
};

void AppendTerms(std::string_view more, std::string& terms) {
  if (more.empty()) return;
  if (!terms.empty()) terms.push_back(' ');
  terms += more;
}

}  // namespace

bool SplitAsciiWords(std::string_view text, std::string& terms) {
  unsigned char bits = 0;
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  if (bits >= 0x80) return false;
  std::string own;
  own.reserve(text.size() + text.size() / 2);
  Versions versions(text);
  Operators operators;
  for (size_t at = 0; at < text.size();) {
    const Kind kind = KindOf(text[at]);
    size_t end = at + 1;
    if (kind > kSign) {
      unsigned kinds = 1u << kind;
      for (Kind next; end < text.size() && (next = KindOf(text[end])) > kSign; ++end) kinds |= 1u << next;
      const std::string_view word = text.substr(at, end - at);
      // Most words are of small letters alone.
      if (kinds == 1u << kLower && word.size() <= kLongestSplit) {
        AppendTerms(word, own);
      } else {
        AppendWord(word, own);
      }
      if (KindOf(text[end - 1]) == kDigit) versions.See(at, end);
    } else if (kind == kSign) {
      while (end < text.size() && KindOf(text[end]) == kSign) ++end;
      operators.See(text.substr(at, end - at));
    }
    at = end;
  }
  versions.Settle();
  AppendTerms(versions.terms, own);
  AppendTerms(operators.terms, own);
  if (terms.empty()) {
    terms = std::move(own);
  } else {
    AppendTerms(own, terms);
  }
  return true;
}

namespace {

// Of the first two letters of what stands at `at`; a space stands for what is not there.
size_t BeginningAt(std::string_view terms, size_t at) {
  const auto letter = [&](size_t place) {
    return place < terms.size() ? static_cast<size_t>(terms[place]) & 0x7f : size_t{' '};
  };
  const size_t second = letter(at) == ' ' ? size_t{' '} : letter(at + 1);
  return letter(at) << 7 | second;
}

}  // namespace

void KeepTerms(std::string& terms, std::string_view beginnings) {
  std::bitset<1 << 14> wanted;
  for (size_t at = 0; at < beginnings.size(); ++at) {
    if (at == 0 || beginnings[at - 1] == ' ') wanted.set(BeginningAt(beginnings, at));
  }
  size_t kept = 0;
  for (size_t at = 0; at < terms.size();) {
    const size_t end = std::min(terms.find(' ', at), terms.size());
    if (wanted.test(BeginningAt(terms, at))) {
      if (kept > 0) terms[kept++] = ' ';
      // Never past what is still to be read: what is kept is no longer than what was.
      std::copy_n(&terms[at], end - at, &terms[kept]);
      kept += end - at;
    }
    at = end + 1;
  }
  terms.resize(kept);
}

}  // namespace haypile
