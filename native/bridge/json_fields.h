// Reads the members of a flat JSON object: what the daemon's note and its watchdog's answers are. Members that
// are objects or lists are passed over.
#pragma once
#include <map>
#include <string>

namespace haypile::bridge {

struct Fields {
  // Decoded to UTF-8.
  std::map<std::string, std::string> strings;
  // Numbers, true and false, as they stand.
  std::map<std::string, std::string> words;

  std::string String(const char* name) const;
  // 0 without one.
  long long Number(const char* name) const;
};

// A key that comes twice: the last one counts. False: it is no JSON object.
bool ReadFields(const std::string& text, Fields* fields);

}  // namespace haypile::bridge
