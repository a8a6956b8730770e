#include "windows/text.h"

#include <algorithm>
#include <cctype>

namespace haypile::windows {
namespace {

// The long form is needed from 248 characters on: names of our own go below a folder.
constexpr size_t kLongFrom = 180;

bool IsSlash(char sign) { return sign == '\\' || sign == '/'; }

bool IsDrive(const std::string& path) {
  return path.size() >= 2 && isalpha(static_cast<unsigned char>(path[0])) != 0 && path[1] == ':';
}

struct Split {
  std::string device;  // "C:" or "\\server\share"
  bool isAbsolute = false;
  std::string rest;
};

size_t PartEnd(const std::string& path, size_t from) {
  while (from < path.size() && !IsSlash(path[from])) ++from;
  return from;
}

Split SplitPath(const std::string& path) {
  Split split;
  if (IsDrive(path)) {
    split.device = path.substr(0, 2);
    split.isAbsolute = path.size() > 2 && IsSlash(path[2]);
    split.rest = path.substr(2);
    return split;
  }
  split.isAbsolute = !path.empty() && IsSlash(path[0]);
  split.rest = path;
  if (path.size() < 3 || !IsSlash(path[0]) || !IsSlash(path[1]) || IsSlash(path[2])) return split;
  const size_t server = PartEnd(path, 2);
  size_t share = server;
  while (share < path.size() && IsSlash(path[share])) ++share;
  const size_t end = PartEnd(path, share);
  if (share == server || end == share) return split;
  split.device = "\\\\" + path.substr(2, server - 2) + "\\" + path.substr(share, end - share);
  split.rest = path.substr(end);
  return split;
}

bool IsSameDevice(const std::string& a, const std::string& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return tolower(static_cast<unsigned char>(x)) == tolower(static_cast<unsigned char>(y));
         });
}

void AppendQuoted(const std::string& word, std::string* line) {
  if (!word.empty() && word.find_first_of(" \t\n\v\"") == std::string::npos) {
    *line += word;
    return;
  }
  *line += '"';
  size_t slashes = 0;
  for (const char sign : word) {
    if (sign == '\\') {
      ++slashes;
      continue;
    }
    // Before a quote each of them counts for two, elsewhere for itself.
    line->append(sign == '"' ? slashes * 2 + 1 : slashes, '\\');
    slashes = 0;
    *line += sign;
  }
  line->append(slashes * 2, '\\');
  *line += '"';
}

}  // namespace

std::string CommandLine(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (line.empty()) {
      line = "\"" + word + "\"";
    } else {
      line += ' ';
      AppendQuoted(word, &line);
    }
  }
  return line;
}

bool IsAbsolutePath(const std::string& path) {
  const Split split = SplitPath(path);
  return split.isAbsolute && !split.device.empty();
}

std::string ResolvePath(const std::string& path, const std::string& base) {
  const Split said = SplitPath(path);
  const Split from = SplitPath(base);
  const std::string& device = said.device.empty() ? from.device : said.device;
  std::string whole = said.rest;
  const bool goesOn = said.device.empty() || IsSameDevice(said.device, from.device);
  if (!said.isAbsolute && goesOn) whole = from.rest + "\\" + said.rest;
  std::vector<std::string> parts;
  for (size_t at = 0; at < whole.size();) {
    const size_t to = PartEnd(whole, at);
    const std::string part = whole.substr(at, to - at);
    at = to + 1;
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  std::string result = device;
  for (const std::string& part : parts) result += "\\" + part;
  return parts.empty() ? result + "\\" : result;
}

std::string LongPath(const std::string& absolute) {
  if (absolute.size() < kLongFrom || !IsAbsolutePath(absolute)) return absolute;
  if (absolute.compare(0, 4, "\\\\?\\") == 0 || absolute.compare(0, 4, "\\\\.\\") == 0) return absolute;
  // In this form the system takes every sign as it stands.
  const std::string plain = ResolvePath(absolute, absolute);
  if (IsDrive(plain)) return "\\\\?\\" + plain;
  return "\\\\?\\UNC\\" + plain.substr(2);
}

bool IsPipeName(const std::string& name) {
  const std::string start = "\\\\.\\pipe\\";
  return name.size() > start.size() && name.size() < 256 && name.compare(0, start.size(), start) == 0 &&
         name.find('\0') == std::string::npos;
}

}  // namespace haypile::windows
