// Words of ASCII code and prose for the word index: each word in lower case, and after it the parts
// its writing shows ("parseHTTPResponse2": parse, http, response); then version numbers, then operators,
// each once. The rules are those of src/storage/sqlite/words/ascii-words.ts and sign-terms.ts; a test holds them together.
#pragma once
#include <string>
#include <string_view>

namespace haypile {

// Appends the terms of `text`, one space between them. False, with `terms` as it was, when a byte is not ASCII.
bool SplitAsciiWords(std::string_view text, std::string& terms);

// Leaves of `terms`, as SplitAsciiWords() gives them, those that begin as one of `beginnings` does, which have one or two
// letters each and a space between them; one letter alone is the beginning of itself.
void KeepTerms(std::string& terms, std::string_view beginnings);

}  // namespace haypile
