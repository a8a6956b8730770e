// Tests of the tokeniser's parts against slow models of them, and of what JavaScript cannot pass in:
// bytes that are no UTF-8, odd vocabularies, several threads. Equality with the library it follows is
// tested in test/integration/tokenizer-equality.test.ts.
#include "core/wordpiece.h"

#include <map>
#include <random>
#include <stdexcept>
#include <thread>

#include "check.h"

using namespace haypile;

namespace {

using Ids = std::vector<int32_t>;

enum : int32_t { kPad, kUnk, kCls, kSep, kUn, kAff, kAble, kA, kE, kSigma, kFinal, kComma, kMask };

WordPieceSpec SmallSpec() {
  WordPieceSpec spec;
  spec.vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##aff\n##able\na\ne\nσ\naς\n,\n[MASK]\n";
  spec.unknownId = kUnk;
  spec.classifyId = kCls;
  spec.separateId = kSep;
  spec.padId = kPad;
  spec.addedTokens.push_back({"[MASK]", kMask, false, false, false, false});
  return spec;
}

Ids Encode(const WordPiece& wordPiece, std::string_view text, size_t maxTokens = 0) {
  WordPiece::Scratch scratch;
  Ids ids{99};
  wordPiece.Encode(text, maxTokens, scratch, ids);
  return ids;
}

// Ids without the special tokens at both ends.
Ids Bare(const WordPiece& wordPiece, std::string_view text) {
  const Ids ids = Encode(wordPiece, text);
  CHECK(ids.size() >= 2 && ids.front() == kCls && ids.back() == kSep);
  return {ids.begin() + 1, ids.end() - 1};
}

struct Pair {
  Ids ids;
  size_t query;
  bool operator==(const Pair& other) const { return ids == other.ids && query == other.query; }
};

Pair EncodePair(const WordPiece& wordPiece, std::string_view query, std::string_view passage,
                size_t maxTokens) {
  WordPiece::Scratch scratch;
  Pair pair{{99}, 0};
  pair.query = wordPiece.EncodePair(query, passage, maxTokens, scratch, pair.ids);
  return pair;
}

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::vector<char32_t> ReadAll(std::string_view bytes) {
  std::vector<char32_t> out;
  const char* const end = bytes.data() + bytes.size();
  for (const char* at = bytes.data(); at != end;) out.push_back(ReadUtf8(at, end));
  return out;
}

void TestUtf8() {
  using Points = std::vector<char32_t>;
  const char32_t bad = 0xfffd;
  // What TextDecoder gives for the same bytes.
  CHECK(ReadAll("a\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80") == (Points{'a', 0xe9, 0x4e2d, 0x1f600}));
  CHECK(ReadAll("\x80\xbf") == (Points{bad, bad}));
  CHECK(ReadAll("\xc0\xaf\xc1") == (Points{bad, bad, bad}));
  CHECK(ReadAll("\xe0\x80\xaf") == (Points{bad, bad, bad}));
  CHECK(ReadAll("\xed\xa0\x80") == (Points{bad, bad, bad}));
  CHECK(ReadAll("\xf0\x80\x80\x80") == (Points{bad, bad, bad, bad}));
  CHECK(ReadAll("\xf4\x90\x80\x80") == (Points{bad, bad, bad, bad}));
  CHECK(ReadAll("\xf5\xff") == (Points{bad, bad}));
  CHECK(ReadAll("\xe4\xb8") == (Points{bad}));
  CHECK(ReadAll("\xf0\x9f\x98x") == (Points{bad, 'x'}));
  CHECK(ReadAll("\xe4\xb8\xe4\xb8\xad") == (Points{bad, 0x4e2d}));

  bool same = true;
  for (char32_t point = 0; point <= 0x10ffff; ++point) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    char bytes[4];
    const size_t length = WriteUtf8(point, bytes);
    const char* behind = bytes + length;
    same = same && ReadAll({bytes, length}) == Points{point};
    same = same && ReadUtf8Backwards(bytes, behind) == point && behind == bytes;
  }
  CHECK(same);

  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 12, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 3 ? 0x80 + random() % 128 : 'a');
    const char* at = bytes.data() + bytes.size();
    size_t steps = 0;
    while (at != bytes.data()) {
      ReadUtf8Backwards(bytes.data(), at);
      ++steps;
    }
    CHECK(steps <= bytes.size());
  }
}

void TestTrie() {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    const size_t letters = 1 + random() % 255;
    const auto word = [&](size_t longest) {
      std::string text(1 + random() % longest, '\0');
      for (char& byte : text) byte = static_cast<char>(random() % letters);
      return text;
    };
    std::map<std::string, int32_t> model;
    std::vector<ByteTrie::Entry> entries;
    for (size_t i = random() % 800; i > 0; --i) {
      entries.push_back({word(6), static_cast<int32_t>(i)});
      model[entries.back().text] = entries.back().value;
    }
    const ByteTrie trie(entries);
    CHECK(trie.Empty() == model.empty());
    bool same = true;
    for (int look = 0; look < 500; ++look) {
      const std::string text = word(9);
      const char* const end = text.data() + text.size();
      size_t longest = 0;
      for (size_t n = 1; n <= text.size(); ++n) {
        if (model.count(text.substr(0, n)) != 0) longest = n;
      }
      const ByteTrie::Match match = trie.Longest(ByteTrie::kRoot, text.data(), end);
      same = same && match.length == longest;
      same = same && (longest == 0 || match.value == model[text.substr(0, longest)]);
      const char* start = trie.NextStart(text.data(), end);
      for (const char* at = text.data(); at != start; ++at) {
        same = same && trie.Longest(ByteTrie::kRoot, at, end).length == 0;
      }
    }
    CHECK(same);
  }
  const ByteTrie none;
  const char* const letter = "a";
  CHECK(none.Empty() && none.Longest(ByteTrie::kRoot, letter, letter + 1).length == 0);
  CHECK(ByteTrie({{"", 1}}).Empty());
}

void TestUnicode() {
  using namespace unicode;
  CHECK(std::string(Version()).find('.') != std::string::npos);
  CHECK((PropertiesOf(0x301).flags & kMark) != 0 && PropertiesOf(0x301).combiningRank > 1);
  CHECK(PropertiesOf(0x334).combiningRank == 1 && PropertiesOf('a').combiningRank == 0);
  CHECK(PropertiesOf('A').lowerDelta == 32 && PropertiesOf(0x10fffd).flags == kDropped);
  CHECK((PropertiesOf('$').flags & kPunctuation) != 0);
  CHECK((PropertiesOf(0xa0).flags & kSpace) != 0 && (PropertiesOf(0x200b).flags & kSpace) == 0);
  char32_t parts[4];
  CHECK(Decompose(0x1ea4, PropertiesOf(0x1ea4), parts) == 3 && parts[0] == 'A');
  CHECK(Decompose(0xac01, PropertiesOf(0xac01), parts) == 3 && parts[2] == 0x11a8);
  CHECK(Decompose(0xac00, PropertiesOf(0xac00), parts) == 2 && parts[1] == 0x1161);
  bool small = true;
  for (char32_t point = 0; point <= 0x10ffff; ++point) {
    const Properties& properties = PropertiesOf(point);
    const size_t count = Decompose(point, properties, parts);
    small = small && count >= 1 && count <= 4;
    for (size_t i = 0; i < count; ++i) small = small && parts[i] <= 0x10ffff;
  }
  CHECK(small);
}

void TestNormaliser() {
  const auto normalise = [](TextNormaliser::Options options, std::string_view text) {
    NormaliserScratch scratch;
    std::string out;
    TextNormaliser(options).Append(text, SIZE_MAX, scratch, out);
    return out;
  };
  const TextNormaliser::Options all{true, true, true, true};
  CHECK(normalise(all, "ÉTÉ\tİ\u200b中") == "ete i 中 ");
  CHECK(normalise({true, true, false, true}, "É中") == "é 中 ");
  CHECK(normalise({false, false, false, false}, "É\t中") == "É\t中");
  CHECK(normalise(all, "ΑΣ ΑΣΑ ΑΣ. Σ") == "ας ασα ας. σ");
  // Spacing marks stay and are put in order; a mark that goes and is a starter parts two runs.
  CHECK(normalise(all, "a\u302f\U0001d165") == normalise(all, "a\U0001d165\u302f"));
  NormaliserScratch scratch;
  std::string cut;
  TextNormaliser(all).Append(Repeat("abc", 1000), 10, scratch, cut);
  CHECK(cut == "abcabcabcab");
}

void TestEncode() {
  const WordPiece wordPiece(SmallSpec());
  CHECK(wordPiece.PadId() == kPad);
  CHECK(Encode(wordPiece, "") == (Ids{kCls, kSep}));
  CHECK(Bare(wordPiece, "Unaffable a,e") == (Ids{kUn, kAff, kAble, kA, kComma, kE}));
  CHECK(Bare(wordPiece, "unaffab") == (Ids{kUnk}));
  CHECK(Bare(wordPiece, "é É e\u0301") == (Ids{kE, kE, kE}));
  CHECK(Bare(wordPiece, "aΣ Σ") == (Ids{kFinal, kSigma}));
  CHECK(Bare(wordPiece, "a[MASK]a[MASK") == (Ids{kA, kMask, kA, kUnk, kUnk}));
  CHECK(Bare(wordPiece, "\xff" "a\x80 \xe4\xb8" "e\xf0\x9f") == (Ids{kA, kE}));
  CHECK(Bare(wordPiece, std::string_view("a\0e", 3)) == (Ids{kUnk}));
  CHECK(Bare(wordPiece, Repeat("a", 101)) == (Ids{kUnk}));
  CHECK(Bare(wordPiece, Repeat("a", 5'000'000)) == (Ids{kUnk}));
  CHECK(Bare(wordPiece, Repeat("able", 3'000)) == (Ids{kUnk}));

  const std::string text = "unaffable a , [MASK] e";
  const Ids whole = Encode(wordPiece, text);
  CHECK(whole.size() == 9);
  CHECK(Encode(wordPiece, text, 1) == (Ids{kCls}));
  for (size_t limit = 2; limit < 12; ++limit) {
    Ids expected = whole;
    if (expected.size() > limit) {
      expected.resize(limit - 1);
      expected.push_back(kSep);
    }
    CHECK(Encode(wordPiece, text, limit) == expected);
  }
  WordPiece::Scratch scratch;
  CHECK(wordPiece.Count(text, scratch) == whole.size() - 2);
  CHECK(wordPiece.Count(Repeat(text + " ", 10'000), scratch) == 70'000);
  CHECK(wordPiece.Count("", scratch) == 0);
}

// [CLS] query [SEP] passage [SEP] by taking a token off the longer one until they fit.
Pair SlowPair(const Ids& query, const Ids& passage, size_t maxTokens) {
  size_t first = query.size();
  size_t second = passage.size();
  while (first + second > maxTokens - 3) --(first > second ? first : second);
  Pair pair{{kCls}, first + 2};
  pair.ids.insert(pair.ids.end(), query.begin(), query.begin() + first);
  pair.ids.push_back(kSep);
  pair.ids.insert(pair.ids.end(), passage.begin(), passage.begin() + second);
  pair.ids.push_back(kSep);
  return pair;
}

void TestPairs() {
  const WordPiece wordPiece(SmallSpec());
  CHECK(EncodePair(wordPiece, "a", "e , e", 16) == (Pair{{kCls, kA, kSep, kE, kComma, kE, kSep}, 3}));
  CHECK(EncodePair(wordPiece, "", "", 3) == (Pair{{kCls, kSep, kSep}, 2}));
  CHECK(EncodePair(wordPiece, "a", "e", 3) == (Pair{{kCls, kSep, kSep}, 2}));
  for (size_t query = 0; query < 9; ++query) {
    for (size_t passage = 0; passage < 9; ++passage) {
      for (size_t most = 3; most < 24; ++most) {
        const std::string first = Repeat("a ", query);
        const std::string second = Repeat("e ", passage);
        const Pair pair = EncodePair(wordPiece, first, second, most);
        // With both cut, an odd token may go to either.
        const Pair slow = SlowPair(Bare(wordPiece, first), Bare(wordPiece, second), most);
        CHECK(pair.ids.size() == slow.ids.size());
        CHECK(pair.query == slow.query || (pair.query + 1 == slow.query && query > (most - 3) / 2 &&
                                           passage > (most - 3) / 2));
        CHECK(pair.ids[pair.query - 1] == kSep && pair.ids.back() == kSep);
      }
    }
  }
  // Words of several tokens are cut inside; the limit holds for texts of any length.
  const Pair longer = EncodePair(wordPiece, "a", Repeat("unaffable ", 1000), 64);
  CHECK(longer.ids.size() == 64 && longer.query == 3);
  const Pair both = EncodePair(wordPiece, Repeat("unaffable ", 1000), Repeat("unaffable ", 1000), 64);
  CHECK(both.ids.size() == 64 && both.query == 32);
}

void TestOddSpecs() {
  WordPieceSpec spec = SmallSpec();
  spec.vocabulary = "";
  bool threw = false;
  try {
    const WordPiece wordPiece(spec);
  } catch (const std::invalid_argument&) {
    threw = true;
  }
  CHECK(threw);

  spec.vocabulary = "\n\nx\n\nlast";  // unused ids, no line end behind the last
  spec.addedTokens.push_back({"", 9, false, false, true, true});
  CHECK(Bare(WordPiece(spec), "x last y") == (Ids{2, 4, kUnk}));

  spec = SmallSpec();
  spec.maxCharsPerWord = 0;
  CHECK(Bare(WordPiece(spec), "a ,") == (Ids{kUnk, kUnk}));
  spec.maxCharsPerWord = -5;
  CHECK(Bare(WordPiece(spec), "a ,") == (Ids{kUnk, kUnk}));
  spec.maxCharsPerWord = INT32_MAX;
  CHECK(Bare(WordPiece(spec), "un" + Repeat("able", 5'000)).size() == 5'001);
  CHECK(Bare(WordPiece(spec), "un" + Repeat("é", 5'000)) == (Ids{kUnk}));
  spec.continuingPrefix = "nowhere";
  CHECK(Bare(WordPiece(spec), "un una") == (Ids{kUn, kUnk}));
}

// Any bytes, any settings: same ids from a used and a new scratch, and no fault under sanitizers.
void TestRandomBytes() {
  std::mt19937 random(17);
  const std::string pieces[] = {"a",      "un",     "aff",    "able",     "[MASK]",     "[MA",
                                "é",      "Σ",      "中",     "\u302f",   "\U0001d165", "\u0301",
                                "\u200b", "\u3000", "\xf0\x9f", "\xe4",   "\x80",       " "};
  WordPiece::Scratch used;
  for (int settings = 0; settings < 32; ++settings) {
    WordPieceSpec spec = SmallSpec();
    spec.cleanText = (settings & 1) != 0;
    spec.handleChineseChars = (settings & 2) != 0;
    spec.stripAccents = (settings & 4) != 0;
    spec.lowercase = (settings & 8) != 0;
    if ((settings & 16) != 0) {
      spec.addedTokens.push_back({"Un", 20, true, false, true, true});
      spec.addedTokens.push_back({"[MA", 21, false, false, true, true});
    }
    const WordPiece wordPiece(spec);
    bool same = true;
    for (int round = 0; round < 400; ++round) {
      std::string text;
      for (size_t i = random() % 40; i > 0; --i) {
        if (random() % 8 == 0) {
          text += static_cast<char>(random() % 256);
        } else {
          text += pieces[random() % std::size(pieces)];
        }
      }
      Ids ids;
      wordPiece.Encode(text, 0, used, ids);
      same = same && ids == Encode(wordPiece, text);
      same = same && wordPiece.Count(text, used) == ids.size() - 2;
      for (const int32_t id : ids) same = same && id >= 0 && id <= 21;
      const size_t limit = 2 + random() % 10;
      if (ids.size() > limit) {
        ids.resize(limit - 1);
        ids.push_back(kSep);
      }
      same = same && ids == Encode(wordPiece, text, limit);
    }
    CHECK(same);
  }
}

void TestThreads() {
  const WordPiece wordPiece(SmallSpec());
  const std::string text = Repeat("Unaffable é, [MASK] aΣ ", 50);
  const Ids expected = Encode(wordPiece, text);
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) count += Encode(wordPiece, text) != expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : wrong) CHECK(count == 0);
}

}  // namespace

int main() {
  TestUtf8();
  TestTrie();
  TestUnicode();
  TestNormaliser();
  TestEncode();
  TestPairs();
  TestOddSpecs();
  TestRandomBytes();
  TestThreads();
  return haypile::check::Report();
}
