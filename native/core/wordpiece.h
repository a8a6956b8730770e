// BERT WordPiece: text to token ids, id by id what npm @huggingface/tokenizers 0.2.0 gives.
// A text is cut at added tokens ("[MASK]"), each part is normalised in one pass over its bytes,
// cut into words at spaces and punctuation, and each word is covered from the left by the longest
// tokens of the vocabulary, held in a trie.
// Immutable after construction: any number of threads may use one, each with its own Scratch.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "added_tokens.h"
#include "byte_trie.h"
#include "text_normaliser.h"

namespace haypile {

// Mirrors NativeTokenizerSpec of src/native/binding.ts.
struct WordPieceSpec {
  std::string vocabulary;  // tokens in the order of their ids, each ended by "\n"; "" = unused id
  bool cleanText = true;
  bool handleChineseChars = true;
  bool stripAccents = true;
  bool lowercase = true;
  int32_t unknownId = 0;
  int32_t classifyId = 0;
  int32_t separateId = 0;
  int32_t padId = 0;
  std::string continuingPrefix = "##";
  int32_t maxCharsPerWord = 100;  // a longer word (in code points) is one unknown token
  std::vector<AddedToken> addedTokens;
};

class WordPiece {
 public:
  // Memory that calls reuse; it keeps nothing of a text that a later call would see.
  // One thread at a time may use it.
  struct Scratch {
    NormaliserScratch normaliser;
    std::vector<char> word;
    std::string normalised;
    std::vector<std::string_view> sections;
    std::vector<std::string_view> subsections;
  };

  // Throws std::invalid_argument for an empty vocabulary, std::length_error for one of more than
  // four million trie nodes.
  explicit WordPiece(const WordPieceSpec& spec);

  // Replaces `ids` by the ids of a text with [CLS] first and [SEP] last, at most maxTokens of them
  // (0 = no limit; the first maxTokens - 2 tokens of the text stay; 1 leaves [CLS] alone).
  // Bytes that are not UTF-8 count as U+FFFD.
  void Encode(std::string_view utf8, size_t maxTokens, Scratch& scratch,
              std::vector<int32_t>& ids) const;

  // Replaces `ids` by [CLS] query [SEP] passage [SEP], at most maxTokens of them (at least 3). Where
  // both do not fit, the longer one is cut until they do: the shorter stays whole unless it has more
  // than half the room. Returns how many ids are the query's, [CLS] and the first [SEP] with it.
  size_t EncodePair(std::string_view query, std::string_view passage, size_t maxTokens,
                    Scratch& scratch, std::vector<int32_t>& ids) const;

  // Tokens of a text, without special tokens and without a limit.
  size_t Count(std::string_view utf8, Scratch& scratch) const;

  int32_t PadId() const { return padId_; }
  size_t MemoryBytes() const { return sizeof(*this) + vocabulary_.MemoryBytes(); }

 private:
  class Output;
  class WordSink;

  void Run(std::string_view text, Scratch& scratch, Output& output) const;
  // Appends the first `limit` tokens of a text.
  void Append(std::string_view text, size_t limit, Scratch& scratch,
              std::vector<int32_t>& ids) const;
  void CutRaw(std::string_view section, Scratch& scratch, Output& output) const;
  void CutNormalised(std::string_view section, Scratch& scratch, Output& output) const;
  void CoverWord(std::string_view word, Output& output) const;

  TextNormaliser normaliser_;
  AddedTokens added_;
  ByteTrie vocabulary_;
  ByteTrie::Cursor continuing_;  // the node of the continuing prefix; kNowhere = no such token
  uint8_t wordByte_[256] = {};   // an ASCII byte of a word, normalised; 0 = anything else
  uint8_t asciiFlags_[128];
  int32_t unknownId_;
  int32_t classifyId_;
  int32_t separateId_;
  int32_t padId_;
  size_t maxCharsPerWord_;
};

}  // namespace haypile
