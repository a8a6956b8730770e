// What a bridge remembers of a conversation, so that the daemon may be replaced in the middle of it: the ids
// of requests without an answer, and how the client introduced itself.
#pragma once
#include <string>
#include <vector>

#include "bridge/line_buffer.h"

namespace haypile::bridge {

class Session {
 public:
  // A message that goes to the daemon now.
  void Sent(const Line& line);

  enum class Pass { kForward, kSwallow };
  // A message of the daemon: is it for the client?
  Pass Received(const Line& line);

  // Requests that an answer is awaited for. One that the client has cancelled, or that is answered only when
  // the connection ends, is none.
  size_t outstanding() const { return outstanding_.size(); }
  // What was sent since the start that has no id to be answered by, and may be answered all the same: lists of
  // requests, rubbish.
  size_t unnamed() const { return unnamed_; }

  // What a new daemon has to hear before all else; empty: nothing.
  std::string Introduction();
  // True until the new daemon has answered the introduction.
  bool introducing() const { return introducing_; }
  // What follows when it has.
  const std::string& initialized() const { return initialized_; }

  // Answers in the daemon's place, one for each request that will get no other. An `initialize` is not
  // among them, if another daemon is to be asked: the next introduction asks it again, and its answer goes to
  // the client.
  std::string Fail(const std::string& message, bool again);
  // The same for requests that are answered only when the connection ends.
  std::string FailEndless(const std::string& message);

 private:
  void Forget(const std::string& id);

  std::vector<std::string> outstanding_;
  std::vector<std::string> endless_;
  size_t unnamed_ = 0;
  std::string initialize_;
  std::string initializeId_;
  std::string initialized_;
  bool introduced_ = false;
  bool introducing_ = false;
};

// An error answer, as a line. `id` as it was written; empty: null.
std::string ErrorLine(const std::string& id, int code, const std::string& message);

// A string of JSON; "null" for an empty one.
std::string Quoted(const std::string& text);

}  // namespace haypile::bridge
