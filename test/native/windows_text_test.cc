// Command lines, paths and UTF-16, as Windows wants them.
#include "windows/text.h"

#include <string>
#include <vector>

#include "check.h"

using namespace haypile::windows;

namespace {

// The rules by which CommandLineToArgvW and the C library take a line apart, from Microsoft's "Parsing C command-line
// arguments".
std::vector<std::string> TakeApart(const std::string& line) {
  std::vector<std::string> words;
  size_t at = 0;
  std::string first;
  if (line[0] == '"') {
    const size_t end = line.find('"', 1);
    first = line.substr(1, end - 1);
    at = end + 1;
  }
  words.push_back(first);
  while (at < line.size()) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    if (at == line.size()) break;
    std::string word;
    bool inQuotes = false;
    for (; at < line.size() && (inQuotes || (line[at] != ' ' && line[at] != '\t')); ++at) {
      size_t slashes = 0;
      while (at < line.size() && line[at] == '\\') {
        ++slashes;
        ++at;
      }
      if (at < line.size() && line[at] == '"') {
        word.append(slashes / 2, '\\');
        if (slashes % 2 == 1) word += '"';
        else inQuotes = !inQuotes;
        continue;
      }
      word.append(slashes, '\\');
      --at;
      if (slashes == 0) word += line[++at];
    }
    words.push_back(word);
  }
  return words;
}

void TestCommandLines() {
  CHECK(CommandLine({"C:\\Program Files\\nodejs\\node.exe", "C:\\a b\\haypile.cjs", "daemon"}) ==
        "\"C:\\Program Files\\nodejs\\node.exe\" \"C:\\a b\\haypile.cjs\" daemon");
  CHECK(CommandLine({"node.exe", ""}) == "\"node.exe\" \"\"");
  CHECK(CommandLine({"n", "a\\\\b", "say \"hi\"", "end\\", "an end\\"}) ==
        "\"n\" a\\\\b \"say \\\"hi\\\"\" end\\ \"an end\\\\\"");
  const std::vector<std::vector<std::string>> lists = {
      {"n", "plain"},
      {"n", "", "", "x"},
      {"n", "\\", "\\\\", "\\\"", "\\\\\"", "\"", "\"\"", "a\"b\\\"c\\\\\"d"},
      {"C:\\with space\\n.exe", "tab\there", "line\nfeed", "slash at the end\\", "two\\\\ and space\\\\"},
      {"n", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80 x", "%PATH%", "^&|<>"},
  };
  for (const auto& words : lists) CHECK(TakeApart(CommandLine(words)) == words);
}

void TestResolve() {
  // Each as path.win32.resolve() of Node gives it.
  CHECK(ResolvePath("a/./b\\..\\c\\", "C:\\x") == "C:\\x\\a\\c");
  CHECK(ResolvePath("..\\..\\..", "C:\\x\\y") == "C:\\");
  CHECK(ResolvePath("\\a", "D:\\x") == "D:\\a");
  CHECK(ResolvePath("d:\\A//b", "C:\\x") == "d:\\A\\b");
  CHECK(ResolvePath("C:a", "c:\\x") == "C:\\x\\a");
  CHECK(ResolvePath("E:a", "C:\\x") == "E:\\a");
  CHECK(ResolvePath("//server/share/x/../y", "C:\\x") == "\\\\server\\share\\y");
  CHECK(ResolvePath("..\\..\\z", "\\\\server\\share\\x") == "\\\\server\\share\\z");
  CHECK(ResolvePath("\\\\server\\share", "C:\\") == "\\\\server\\share\\");
  CHECK(ResolvePath("run", "C:\\") == "C:\\run");
  CHECK(ResolvePath("", "C:\\x\\") == "C:\\x");
  CHECK(ResolvePath("\xc3\xbc", "C:\\\xe6\x97\xa5") == "C:\\\xe6\x97\xa5\\\xc3\xbc");
}

void TestKinds() {
  for (const char* path : {"C:\\", "c:/x", "\\\\server\\share\\x", "\\\\?\\C:\\x", "//s/t"}) CHECK(IsAbsolutePath(path));
  for (const char* path : {"", "x", "\\x", "/x", "C:", "C:x", "\\\\", "\\\\server", "..\\x", "1:\\x"}) {
    CHECK(!IsAbsolutePath(path));
  }
  CHECK(IsPipeName("\\\\.\\pipe\\haypile-1"));
  CHECK(!IsPipeName("\\\\.\\pipe\\") && !IsPipeName("\\\\server\\pipe\\x") && !IsPipeName("C:\\pipe"));
  CHECK(!IsPipeName("\\\\.\\pipe\\" + std::string(300, 'x')));
  CHECK(!IsPipeName(std::string("\\\\.\\pipe\\a\0b", 12)));
}

void TestLongPaths() {
  CHECK(LongPath("C:\\short") == "C:\\short");
  const std::string deep = std::string(200, 'd');
  CHECK(LongPath("C:\\" + deep) == "\\\\?\\C:\\" + deep);
  CHECK(LongPath("C:/" + deep + "/./x/..") == "\\\\?\\C:\\" + deep);
  CHECK(LongPath("\\\\server\\share\\" + deep) == "\\\\?\\UNC\\server\\share\\" + deep);
  CHECK(LongPath("\\\\?\\C:\\" + deep) == "\\\\?\\C:\\" + deep);
  CHECK(LongPath("\\\\.\\pipe\\" + deep) == "\\\\.\\pipe\\" + deep);
  CHECK(LongPath(deep) == deep);
}

void TestUtf16() {
  CHECK(ToUtf16<std::u16string>("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80") == u"a\u00fc\u20ac\U0001f600");
  CHECK(FromUtf16(std::u16string(u"a\u00fc\u20ac\U0001f600")) == "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80");
  CHECK(ToUtf16<std::u16string>("x\xff\xc3") == u"x\ufffd\ufffd");
  // Halves of pairs: alone, the wrong way round, at the end.
  for (const std::u16string& half : {std::u16string{0xd800}, std::u16string{0xdc00}, std::u16string{0xd800, u'a'}}) {
    CHECK(FromUtf16(half).compare(0, 3, "\xef\xbf\xbd") == 0);
  }
  CHECK(FromUtf16(std::u16string{0xdc00, 0xd800}) == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(FromUtf16(std::u16string{0, u'a'}) == std::string("\0a", 2));
}

}  // namespace

int main() {
  TestCommandLines();
  TestResolve();
  TestKinds();
  TestLongPaths();
  TestUtf16();
  return haypile::check::Report();
}
