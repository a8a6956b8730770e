#include "wordpiece.h"

#include <algorithm>
#include <stdexcept>

namespace haypile {
namespace {

constexpr size_t kFirstWordBytes = 512;

// The vocabulary with the added tokens in it; an added token's id goes before any other.
ByteTrie BuildVocabulary(const WordPieceSpec& spec, const AddedTokens& added) {
  std::vector<ByteTrie::Entry> entries;
  const auto add = [&](std::string_view text, int32_t id) {
    const AddedTokens::Key* key = added.Find(text);
    entries.push_back({std::string(text), key == nullptr ? id : key->id});
  };
  const std::string_view lines = spec.vocabulary;
  int32_t id = 0;
  for (size_t start = 0; start < lines.size(); ++id) {
    const size_t end = std::min(lines.find('\n', start), lines.size());
    if (end != start) add(lines.substr(start, end - start), id);
    start = end + 1;
  }
  if (entries.empty()) throw std::invalid_argument("Expected a vocabulary, received an empty one.");
  for (const AddedToken& token : spec.addedTokens) {
    if (!token.content.empty()) add(token.content, token.id);
  }
  return ByteTrie(std::move(entries));
}

}  // namespace

// Where tokens go: kept in `ids` up to a limit, or only counted.
class WordPiece::Output {
 public:
  Output(std::vector<int32_t>* ids, size_t limit) : ids_(ids), limit_(limit) {}

  size_t Count() const { return count_; }
  bool Full() const { return count_ >= limit_; }
  void Add(int32_t id) {
    if (ids_ != nullptr) ids_->push_back(id);
    ++count_;
  }
  void TakeBack(size_t count) {
    if (ids_ != nullptr) ids_->resize(ids_->size() - (count_ - count));
    count_ = count;
  }

 private:
  std::vector<int32_t>* ids_;
  size_t limit_;
  size_t count_ = 0;
};

// Cuts what the normaliser gives into words and covers each.
class WordPiece::WordSink {
 public:
  WordSink(const WordPiece& owner, std::vector<char>& word, Output& output)
      : owner_(owner), word_(word), output_(output) {
    if (word_.size() < kFirstWordBytes) word_.resize(kFirstWordBytes);
  }

  const char* TakeWordBytes(const char* at, const char* end) {
    if (characters_ > owner_.maxCharsPerWord_) return at;
    const size_t room = std::min({word_.size() - length_, static_cast<size_t>(end - at),
                                  owner_.maxCharsPerWord_ - characters_});
    const char* const stop = at + room;
    const char* const start = at;
    char* out = word_.data() + length_;
    for (uint8_t byte; at != stop && (byte = owner_.wordByte_[static_cast<uint8_t>(*at)]) != 0;) {
      *out++ = static_cast<char>(byte);
      ++at;
    }
    length_ += at - start;
    characters_ += at - start;
    return at;
  }

  bool Put(char32_t codePoint) {
    const uint8_t flags = codePoint < 0x80 ? owner_.asciiFlags_[codePoint]
                                           : unicode::PropertiesOf(codePoint).flags;
    if ((flags & (unicode::kSpace | unicode::kPunctuation)) == 0) {
      // A word that is too long is unknown whatever it says: only its end matters.
      if (++characters_ > owner_.maxCharsPerWord_) return true;
      if (length_ + 4 > word_.size()) word_.resize(word_.size() * 2);
      length_ += WriteUtf8(codePoint, word_.data() + length_);
      return true;
    }
    EndWord();
    if ((flags & unicode::kPunctuation) != 0) {
      characters_ = 1;
      length_ = WriteUtf8(codePoint, word_.data());
      EndWord();
    }
    return !output_.Full();
  }

  void EndWord() {
    if (characters_ == 0) return;
    if (characters_ > owner_.maxCharsPerWord_) {
      output_.Add(owner_.unknownId_);
    } else {
      owner_.CoverWord({word_.data(), length_}, output_);
    }
    characters_ = 0;
    length_ = 0;
  }

 private:
  const WordPiece& owner_;
  std::vector<char>& word_;
  Output& output_;
  size_t length_ = 0;      // bytes in word_
  size_t characters_ = 0;  // code points of the word, also those beyond what word_ keeps
};

WordPiece::WordPiece(const WordPieceSpec& spec)
    : normaliser_(
          {spec.cleanText, spec.handleChineseChars, spec.stripAccents, spec.lowercase}),
      added_(spec.addedTokens, normaliser_),
      vocabulary_(BuildVocabulary(spec, added_)),
      unknownId_(spec.unknownId),
      classifyId_(spec.classifyId),
      separateId_(spec.separateId),
      padId_(spec.padId),
      maxCharsPerWord_(static_cast<size_t>(std::max(spec.maxCharsPerWord, 0))) {
  const std::string& prefix = spec.continuingPrefix;
  continuing_ =
      vocabulary_.Walk(ByteTrie::kRoot, prefix.data(), prefix.data() + prefix.size());
  for (uint8_t byte = 0; byte < 128; ++byte) {
    asciiFlags_[byte] = unicode::PropertiesOf(byte).flags;
    const uint8_t becomes = normaliser_.Ascii(byte);
    if (becomes == TextNormaliser::kDroppedByte) continue;
    const uint8_t flags = unicode::PropertiesOf(becomes).flags;
    const bool inWord = (flags & (unicode::kSpace | unicode::kPunctuation)) == 0;
    wordByte_[byte] = inWord ? becomes : 0;
  }
}

void WordPiece::CoverWord(std::string_view word, Output& output) const {
  const size_t before = output.Count();
  const char* at = word.data();
  const char* const end = at + word.size();
  for (ByteTrie::Cursor from = ByteTrie::kRoot; at != end; from = continuing_) {
    const ByteTrie::Match match =
        from == ByteTrie::kNowhere ? ByteTrie::Match{0, 0} : vocabulary_.Longest(from, at, end);
    if (match.length == 0) {
      output.TakeBack(before);
      output.Add(unknownId_);
      return;
    }
    output.Add(match.value);
    at += match.length;
  }
}

// A section of the raw text that is no added token.
void WordPiece::CutRaw(std::string_view section, Scratch& scratch, Output& output) const {
  if (added_.InNormalisedText() || added_.LongestStableKey() > 0) {
    const size_t limit = added_.InNormalisedText() ? SIZE_MAX : added_.LongestStableKey();
    std::string& text = scratch.normalised;
    text.clear();
    normaliser_.Append(section, limit, scratch.normaliser, text);
    if (added_.InNormalisedText()) return CutNormalised(text, scratch, output);
    if (const AddedTokens::Key* key = added_.Find(text)) return output.Add(key->id);
  }
  WordSink sink(*this, scratch.word, output);
  normaliser_.Run(section, scratch.normaliser, sink);
  if (!output.Full()) sink.EndWord();
}

void WordPiece::CutNormalised(std::string_view text, Scratch& scratch, Output& output) const {
  added_.SplitNormalised(text, scratch.subsections);
  for (const std::string_view section : scratch.subsections) {
    if (output.Full()) return;
    if (const AddedTokens::Key* key = added_.Find(section)) {
      output.Add(key->id);
      continue;
    }
    WordSink sink(*this, scratch.word, output);
    const char* const end = section.data() + section.size();
    bool more = true;
    for (const char* at = section.data(); more && at != end;) more = sink.Put(ReadUtf8(at, end));
    if (more) sink.EndWord();
  }
}

void WordPiece::Run(std::string_view text, Scratch& scratch, Output& output) const {
  added_.SplitRaw(text, scratch.sections);
  for (const std::string_view section : scratch.sections) {
    if (output.Full()) return;
    if (section.empty()) continue;
    if (const AddedTokens::Key* key = added_.Find(section)) {
      output.Add(key->id);
    } else {
      CutRaw(section, scratch, output);
    }
  }
}

void WordPiece::Append(std::string_view text, size_t limit, Scratch& scratch,
                       std::vector<int32_t>& ids) const {
  const size_t before = ids.size();
  Output output(&ids, limit);
  Run(text, scratch, output);
  if (ids.size() - before > limit) ids.resize(before + limit);
}

void WordPiece::Encode(std::string_view utf8, size_t maxTokens, Scratch& scratch,
                       std::vector<int32_t>& ids) const {
  ids.clear();
  ids.push_back(classifyId_);
  if (maxTokens == 1) return;
  Append(utf8, maxTokens == 0 ? SIZE_MAX : maxTokens - 2, scratch, ids);
  ids.push_back(separateId_);
}

size_t WordPiece::EncodePair(std::string_view query, std::string_view passage, size_t maxTokens,
                             Scratch& scratch, std::vector<int32_t>& ids) const {
  const size_t room = maxTokens - 3;
  ids.clear();
  ids.push_back(classifyId_);
  Append(query, room, scratch, ids);
  const size_t whole = ids.size() - 1;
  ids.push_back(separateId_);
  Append(passage, room, scratch, ids);
  const size_t passageWhole = ids.size() - whole - 2;
  if (whole + passageWhole > room) {
    const size_t shorter = std::min({whole, passageWhole, room / 2});
    const size_t kept = whole <= passageWhole ? shorter : room - shorter;
    ids.erase(ids.begin() + 1 + kept, ids.begin() + 1 + whole);
    ids.resize(room + 2);
    ids.push_back(separateId_);
    return kept + 2;
  }
  ids.push_back(separateId_);
  return whole + 2;
}

size_t WordPiece::Count(std::string_view utf8, Scratch& scratch) const {
  Output output(nullptr, SIZE_MAX);
  Run(utf8, scratch, output);
  return output.Count();
}

}  // namespace haypile
