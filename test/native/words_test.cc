// The splitting of words; test/integration/word-splitter.test.ts compares it with the JavaScript.
#include "check.h"
#include "core/word_splitter.h"

namespace {

std::string Split(std::string_view text) {
  std::string terms;
  CHECK(haypile::SplitAsciiWords(text, terms));
  return terms;
}

}  // namespace

int main() {
  CHECK(Split("").empty());
  CHECK(Split("plain words") == "plain words");
  CHECK(Split("parseHTTPResponse2") == "parsehttpresponse2 parse http response");
  CHECK(Split("max_file_size") == "max_file_size max file size");
  CHECK(Split("__init__") == "__init__ init");
  CHECK(Split("___ -- !?").empty());
  CHECK(Split("x1 A ABc aB") == "x1 a abc bc ab");
  CHECK(Split(std::string(65, 'a') + "B") == std::string(64, 'a'));
  CHECK(Split(std::string_view("a\0b", 3)) == "a b");

  std::string terms = "kept";
  CHECK(!haypile::SplitAsciiWords("caf\xC3\xA9", terms));
  CHECK(terms == "kept");
  CHECK(haypile::SplitAsciiWords("more", terms));
  CHECK(terms == "kept more");
  CHECK(haypile::SplitAsciiWords("--", terms));
  CHECK(terms == "kept more");
  return haypile::check::Report();
}
