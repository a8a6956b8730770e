#include "bridge/message_scan.h"

namespace haypile::bridge {
namespace {

// Longer keys are of no interest; longer ids are not tracked.
constexpr size_t kMostKey = 16;
constexpr size_t kMostValue = 256;

bool IsSpace(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

}  // namespace

void MessageScan::Reset() { *this = MessageScan(); }

void MessageScan::Feed(const char* bytes, size_t count) {
  for (size_t i = 0; i < count; ++i) Byte(bytes[i]);
}

MessageScan::Kind MessageScan::kind() const {
  if (!started_) return Kind::kNone;
  if (!object_ || broken_) return Kind::kOther;
  if (!method_.empty()) return id_.empty() ? Kind::kNotification : Kind::kRequest;
  return id_.empty() ? Kind::kOther : Kind::kAnswer;
}

// Some programs begin their output with a byte order mark; the daemon passes over it too.
bool MessageScan::Mark(char byte) {
  constexpr char kMark[] = "\xEF\xBB\xBF";
  if (started_ || mark_ == 3 || byte != kMark[mark_]) return false;
  ++mark_;
  return true;
}

void MessageScan::Byte(char byte) {
  if (broken_ || Mark(byte)) return;
  if (inString_) {
    const bool ends = byte == '"' && !escaped_;
    escaped_ = byte == '\\' && !escaped_;
    if (keepsKey_ && !ends && key_.size() <= kMostKey) key_ += byte;
    if (keepsValue_ && value_.size() <= kMostValue) value_ += byte;
    if (!ends) return;
    inString_ = false;
    if (keepsKey_) EndKey();
    return;
  }
  if (IsSpace(byte)) return;
  if (ended_) {
    broken_ = true;  // something after the end
    return;
  }
  if (!started_) {
    started_ = true;
    object_ = byte == '{';
    if (!object_ && byte != '[') {
      broken_ = true;
      return;
    }
  }
  Structure(byte);
}

void MessageScan::Structure(char byte) {
  const bool top = object_ && depth_ == 1;
  const bool inner = inParams_ && depth_ == 2;
  At& at = inner ? innerAt_ : at_;
  if (byte == '"') {
    inString_ = true;
    escaped_ = false;
    keepsKey_ = (top || inner) && at == At::kKey;
    if (keepsKey_) key_.clear();
    if (keepsValue_ && value_.size() <= kMostValue) value_ += byte;
    return;
  }
  if ((top || inner) && byte == ':' && at == At::kColon) {
    at = At::kValue;
    keepsValue_ = inner ? key_ == "requestId" : key_ == "id" || key_ == "method";
    if (top) paramsNext_ = key_ == "params";
    value_.clear();
    return;
  }
  if ((top || inner) && (byte == ',' || byte == '}')) EndValue(inner);
  if (byte == '{' || byte == '[') {
    if (top && paramsNext_) {
      inParams_ = byte == '{';
      innerAt_ = At::kKey;
      requestId_.clear();
    }
    paramsNext_ = false;
    ++depth_;
  }
  if (byte == '}' || byte == ']') {
    --depth_;
    if (depth_ == 1) inParams_ = false;
    if (depth_ < 0) broken_ = true;
    if (depth_ == 0) ended_ = true;
    return;
  }
  if (keepsValue_ && value_.size() <= kMostValue) value_ += byte;
}

void MessageScan::EndKey() {
  keepsKey_ = false;
  const bool inner = inParams_ && depth_ == 2;
  (inner ? innerAt_ : at_) = At::kColon;
  if (inner) return;
  if (!anyKey_) firstKey_ = key_;
  anyKey_ = true;
}

// A key that comes twice: the last one counts, as JSON.parse has it.
void MessageScan::EndValue(bool inner) {
  if (keepsValue_) {
    const char first = value_.empty() ? '\0' : value_[0];
    const bool text = first == '"';
    const bool number = first == '-' || (first >= '0' && first <= '9');
    const bool fits = value_.size() <= kMostValue;
    const std::string id = fits && (text || number) ? value_ : "";
    if (inner) {
      requestId_ = id;
    } else if (key_ == "id") {
      id_ = id;
    } else {
      method_ = fits && text && value_.size() > 2 ? value_.substr(1, value_.size() - 2) : "";
    }
  }
  keepsValue_ = false;
  (inner ? innerAt_ : at_) = At::kKey;
}

}  // namespace haypile::bridge
