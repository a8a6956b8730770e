// Tokens that are found in a text before it is cut into words: "[CLS]", "[MASK]" and their like.
// At each place the longest one wins, and what lies between two is a section of its own.
// The library also takes a whole section for an added token when it reads like one, and lets that
// section take white space from its neighbours; this is kept.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "byte_trie.h"
#include "text_normaliser.h"

namespace haypile {

struct AddedToken {
  std::string content;
  int32_t id = 0;
  bool normalized = false;  // found in the normalised text, not in the raw text
  bool singleWord = false;  // read and ignored, as the library does
  bool lstrip = false;      // takes the white space on its left with it
  bool rstrip = false;
};

class AddedTokens {
 public:
  // What a text stands for: the content of a token, or its content when normalised.
  struct Key {
    std::string text;
    int32_t id;
    bool lstrip;
    bool rstrip;
    bool operator<(const Key& other) const { return text < other.text; }
  };

  AddedTokens(const std::vector<AddedToken>& tokens, const TextNormaliser& normaliser);

  // The token a whole section stands for, or nullptr.
  const Key* Find(std::string_view section) const;

  // Sections of a raw or a normalised text, in order; some may be empty.
  void SplitRaw(std::string_view text, std::vector<std::string_view>& sections) const {
    Split(raw_, text, sections);
  }
  void SplitNormalised(std::string_view text, std::vector<std::string_view>& sections) const {
    Split(normalised_, text, sections);
  }
  bool InNormalisedText() const { return !normalised_.Empty(); }

  // A normalised text of at most this many bytes may be a key; 0 = none can.
  size_t LongestStableKey() const { return longestStable_; }

  const std::vector<Key>& Keys() const { return keys_; }

 private:
  void Split(const ByteTrie& trie, std::string_view text,
             std::vector<std::string_view>& sections) const;
  void Strip(std::vector<std::string_view>& sections) const;

  std::vector<Key> keys_;  // sorted by text
  size_t longest_ = 0;
  size_t longestStable_ = 0;
  bool strips_ = false;
  ByteTrie raw_;
  ByteTrie normalised_;
};

}  // namespace haypile
