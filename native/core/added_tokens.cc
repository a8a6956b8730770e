#include "added_tokens.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace haypile {
namespace {

bool IsSpace(char32_t codePoint) {
  return (unicode::PropertiesOf(codePoint).flags & unicode::kSpace) != 0;
}

std::string_view TrimStart(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* next = at;
    if (!IsSpace(ReadUtf8(next, end))) break;
    at = next;
  }
  return {at, static_cast<size_t>(end - at)};
}

std::string_view TrimEnd(std::string_view text) {
  const char* const begin = text.data();
  const char* end = begin + text.size();
  while (end != begin) {
    const char* next = end;
    if (!IsSpace(ReadUtf8Backwards(begin, next))) break;
    end = next;
  }
  return {begin, static_cast<size_t>(end - begin)};
}

// Whether some text could read `key` once normalised. Normalising again changes nothing but the
// spaces around ideographs, so that a key that changes is out of reach.
bool CanBeNormalised(const std::string& key, const std::string& normalised) {
  if (key == normalised) return true;
  const char* const end = key.data() + key.size();
  for (const char* at = key.data(); at != end;) {
    if (unicode::IsSeparateIdeograph(ReadUtf8(at, end))) return true;
  }
  return false;
}

}  // namespace

AddedTokens::AddedTokens(const std::vector<AddedToken>& tokens,
                         const TextNormaliser& normaliser) {
  NormaliserScratch scratch;
  std::map<std::string, Key> keys;
  std::vector<ByteTrie::Entry> raw;
  std::vector<ByteTrie::Entry> normalised;
  for (const AddedToken& token : tokens) {
    const auto set = [&](const std::string& text) {
      keys[text] = {text, token.id, token.lstrip, token.rstrip};
    };
    set(token.content);
    if (!token.normalized) {
      raw.push_back({token.content, token.id});
      continue;
    }
    std::string text;
    normaliser.Append(token.content, SIZE_MAX, scratch, text);
    set(text);
    normalised.push_back({text, token.id});
  }
  keys.erase("");
  for (const auto& [text, key] : keys) {
    std::string again;
    normaliser.Append(text, SIZE_MAX, scratch, again);
    if (CanBeNormalised(text, again)) longestStable_ = std::max(longestStable_, text.size());
    longest_ = std::max(longest_, text.size());
    strips_ = strips_ || key.lstrip || key.rstrip;
    keys_.push_back(key);
  }
  raw_ = ByteTrie(std::move(raw));
  normalised_ = ByteTrie(std::move(normalised));
}

const AddedTokens::Key* AddedTokens::Find(std::string_view section) const {
  if (section.size() > longest_) return nullptr;
  const auto place = std::lower_bound(
      keys_.begin(), keys_.end(), section,
      [](const Key& key, std::string_view text) { return std::string_view(key.text) < text; });
  return place != keys_.end() && place->text == section ? &*place : nullptr;
}

void AddedTokens::Split(const ByteTrie& trie, std::string_view text,
                        std::vector<std::string_view>& sections) const {
  sections.clear();
  const char* const end = text.data() + text.size();
  const char* start = text.data();
  for (const char* at = start; (at = trie.NextStart(at, end)) != end;) {
    const size_t length = trie.Longest(ByteTrie::kRoot, at, end).length;
    if (length == 0) {
      ++at;
      continue;
    }
    if (at != start) sections.emplace_back(start, at - start);
    sections.emplace_back(at, length);
    at += length;
    start = at;
  }
  if (start != end) sections.emplace_back(start, end - start);
  if (strips_) Strip(sections);
}

// In place and in order, because a section that lost its white space may read like a token only
// then, and may then take from the next.
void AddedTokens::Strip(std::vector<std::string_view>& sections) const {
  for (size_t i = 0; i < sections.size(); ++i) {
    const Key* key = Find(sections[i]);
    if (key == nullptr) continue;
    if (key->lstrip && i > 0) sections[i - 1] = TrimEnd(sections[i - 1]);
    if (key->rstrip && i + 1 < sections.size()) sections[i + 1] = TrimStart(sections[i + 1]);
  }
}

}  // namespace haypile
