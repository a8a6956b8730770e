// Reads of a JSON-RPC message only what a pipe has to know: is it a request, a notification or an answer, and
// which id has it. Works byte by byte, so a message of any length takes the same memory. Values inside are
// skipped by counting brackets; nothing is validated, that is the daemon's work.
#pragma once
#include <cstddef>
#include <string>

namespace haypile::bridge {

class MessageScan {
 public:
  enum class Kind { kNone, kRequest, kNotification, kAnswer, kOther };

  void Feed(const char* bytes, size_t count);
  void Reset();

  // Valid at any time; a message that is not whole yet says what is known of it so far.
  Kind kind() const;
  // The id as it was written, quotes included; empty without one.
  const std::string& id() const { return id_; }
  // Empty without one, or when it is longer than any method.
  const std::string& method() const { return method_; }
  // The member requestId of params, as id(): what "notifications/cancelled" is about.
  const std::string& requestId() const { return requestId_; }
  // An object or a list, with every bracket closed.
  bool whole() const { return ended_ && !broken_; }
  // Begins as our own lines do: {"haypile":
  bool control() const { return firstKey_ == "haypile"; }

 private:
  enum class At { kKey, kColon, kValue };

  bool Mark(char byte);
  void Byte(char byte);
  void Structure(char byte);
  void EndKey();
  void EndValue(bool inner);

  // Bytes of a byte order mark that have come.
  int mark_ = 0;
  int depth_ = 0;
  bool inString_ = false;
  bool escaped_ = false;
  bool started_ = false;
  bool object_ = false;
  bool ended_ = false;
  bool broken_ = false;
  At at_ = At::kKey;
  // Inside the object that is the value of "params".
  bool paramsNext_ = false;
  bool inParams_ = false;
  At innerAt_ = At::kKey;
  bool keepsKey_ = false;
  bool keepsValue_ = false;
  bool anyKey_ = false;
  std::string key_;
  std::string value_;
  std::string firstKey_;
  std::string id_;
  std::string method_;
  std::string requestId_;
};

}  // namespace haypile::bridge
