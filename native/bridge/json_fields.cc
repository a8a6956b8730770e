#include "bridge/json_fields.h"

#include <cctype>
#include <cstdint>
#include <cstdlib>

namespace haypile::bridge {
namespace {

constexpr int kMostDepth = 32;

class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  bool Object(Fields* fields) {
    if (!Take('{')) return false;
    if (Take('}')) return End();
    do {
      std::string key;
      std::string value;
      Kind kind = Kind::kNone;
      if (!String(&key) || !Take(':') || !Value(&value, &kind, 0)) return false;
      fields->strings.erase(key);
      fields->words.erase(key);
      if (kind == Kind::kString) fields->strings[key] = value;
      if (kind == Kind::kWord) fields->words[key] = value;
    } while (Take(','));
    return Take('}') && End();
  }

 private:
  // null, lists and objects are no member of a flat object.
  enum class Kind { kNone, kString, kWord };

  void Space() {
    while (at_ < text_.size() && IsOneOf(" \t\r\n", text_[at_])) ++at_;
  }
  static bool IsOneOf(const char* set, char byte) {
    for (; *set != '\0'; ++set) {
      if (*set == byte) return true;
    }
    return false;
  }
  bool Take(char byte) {
    Space();
    if (at_ >= text_.size() || text_[at_] != byte) return false;
    ++at_;
    return true;
  }
  bool End() {
    Space();
    return at_ == text_.size();
  }

  bool Value(std::string* value, Kind* kind, int depth) {
    Space();
    if (at_ >= text_.size() || depth > kMostDepth) return false;
    const char first = text_[at_];
    if (first == '"') {
      *kind = Kind::kString;
      return String(value);
    }
    if (first == '{' || first == '[') return Nested(depth);
    const size_t from = at_;
    while (at_ < text_.size() && (isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  IsOneOf("+-.", text_[at_]))) {
      ++at_;
    }
    *value = text_.substr(from, at_ - from);
    if (*value == "null") return true;
    *kind = Kind::kWord;
    return *value == "true" || *value == "false" || first == '-' ||
           isdigit(static_cast<unsigned char>(first)) != 0;
  }

  bool Nested(int depth) {
    const char close = text_[at_++] == '{' ? '}' : ']';
    if (Take(close)) return true;
    do {
      std::string ignored;
      Kind kind = Kind::kNone;
      if (close == '}' && (!String(&ignored) || !Take(':'))) return false;
      if (!Value(&ignored, &kind, depth + 1)) return false;
    } while (Take(','));
    return Take(close);
  }

  bool String(std::string* value) {
    value->clear();
    if (!Take('"')) return false;
    while (at_ < text_.size()) {
      const char byte = text_[at_++];
      if (byte == '"') return true;
      if (static_cast<unsigned char>(byte) < 0x20) return false;
      if (byte != '\\') {
        *value += byte;
      } else if (!Escape(value)) {
        return false;
      }
    }
    return false;
  }

  bool Escape(std::string* value) {
    if (at_ >= text_.size()) return false;
    const char kind = text_[at_++];
    switch (kind) {
      case '"':
      case '\\':
      case '/':
        *value += kind;
        return true;
      case 'b':
        *value += '\b';
        return true;
      case 'f':
        *value += '\f';
        return true;
      case 'n':
        *value += '\n';
        return true;
      case 'r':
        *value += '\r';
        return true;
      case 't':
        *value += '\t';
        return true;
      case 'u':
        return Unicode(value);
      default:
        return false;
    }
  }

  bool Unicode(std::string* value) {
    uint32_t code = 0;
    if (!Hex(&code)) return false;
    if (code >= 0xd800 && code < 0xdc00 && text_.compare(at_, 2, "\\u") == 0) {
      const size_t back = at_;
      uint32_t low = 0;
      at_ += 2;
      if (!Hex(&low)) return false;
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      } else {
        at_ = back;
      }
    }
    // Half of a pair is no letter.
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    if (code < 0x80) {
      *value += static_cast<char>(code);
    } else if (code < 0x800) {
      *value += static_cast<char>(0xc0 | code >> 6);
      *value += static_cast<char>(0x80 | (code & 63));
    } else if (code < 0x10000) {
      *value += static_cast<char>(0xe0 | code >> 12);
      *value += static_cast<char>(0x80 | (code >> 6 & 63));
      *value += static_cast<char>(0x80 | (code & 63));
    } else {
      *value += static_cast<char>(0xf0 | code >> 18);
      *value += static_cast<char>(0x80 | (code >> 12 & 63));
      *value += static_cast<char>(0x80 | (code >> 6 & 63));
      *value += static_cast<char>(0x80 | (code & 63));
    }
    return true;
  }

  bool Hex(uint32_t* code) {
    *code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ >= text_.size() || isxdigit(static_cast<unsigned char>(text_[at_])) == 0) return false;
      const char digit = static_cast<char>(tolower(text_[at_]));
      *code = *code * 16 + static_cast<uint32_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return true;
  }

  const std::string& text_;
  size_t at_ = 0;
};

}  // namespace

std::string Fields::String(const char* name) const {
  const auto found = strings.find(name);
  return found == strings.end() ? "" : found->second;
}

long long Fields::Number(const char* name) const {
  const auto found = words.find(name);
  return found == words.end() ? 0 : strtoll(found->second.c_str(), nullptr, 10);
}

bool ReadFields(const std::string& text, Fields* fields) {
  *fields = Fields();
  return Reader(text).Object(fields);
}

}  // namespace haypile::bridge
