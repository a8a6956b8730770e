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
  CHECK(Split("___ \" , () {}").empty());
  CHECK(Split("x1 A ABc aB") == "x1 a abc bc ab");
  CHECK(Split(std::string(256, 'a')) == std::string(256, 'a'));
  CHECK(Split(std::string(257, 'a')) == std::string(64, 'a'));
  // Longer than a word of data may be, and an identifier all the same.
  const std::string name = "returns_the_oldest_entry_when_several_of_them_were_written_in_the_same_second";
  CHECK(Split(name).rfind(name + " returns the oldest", 0) == 0);
  std::string data;
  while (data.size() < 80) data += "aB3";
  CHECK(Split(data).size() == 64);
  CHECK(Split("v2.3.1, 1.2 1.2.3rc 127.0.0.1") == "v2 3 1 1 2 1 2 3rc rc 127 0 0 1 2_3_1 127_0_0_1");
  CHECK(Split("a ?? b ?? c") == "a b c __3f_3f__");
  CHECK(Split("a&&!b") == "a b __26_26_21__ __26_26__ __26_21__");
  CHECK(Split("a ||= b <=> c != d") == "a b c d __7c_7c_3d__ __3c_3d_3e__ __21_3d__");
  CHECK(Split("x % y.z = -1") == "x y z 1 __25__");
  CHECK(Split("// /// //! /* /** /*! */ **/ ## ### ---- =====").empty());
  CHECK(Split(std::string_view("a\0b", 3)) == "a b");

  const auto keep = [](std::string terms, std::string_view beginnings) {
    haypile::KeepTerms(terms, beginnings);
    return terms;
  };
  CHECK(keep("read a file of x xs __3f_3f__ 2_3_1", "fi x 2_") == "file x 2_3_1");
  CHECK(keep("read a file", "re a fi") == "read a file");
  CHECK(keep("read a file", "zz").empty());
  CHECK(keep("read a file", "").empty());
  CHECK(keep("", "re").empty());

  std::string terms = "kept";
  CHECK(!haypile::SplitAsciiWords("caf\xC3\xA9", terms));
  CHECK(terms == "kept");
  CHECK(haypile::SplitAsciiWords("more", terms));
  CHECK(terms == "kept more");
  CHECK(haypile::SplitAsciiWords("-- =", terms));
  CHECK(terms == "kept more __2d_2d__");
  return haypile::check::Report();
}
