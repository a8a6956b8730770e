// The pipe between an MCP client on stdin and stdout and the daemon on its socket. One loop that waits in one place;
// whole lines only, so that stdout never holds a part of a message.
#pragma once
#include <stdint.h>

#include <string>

#include "bridge/connection.h"
#include "bridge/endpoint.h"
#include "bridge/line_buffer.h"
#include "bridge/out_buffer.h"
#include "bridge/owner.h"
#include "bridge/pulse.h"
#include "bridge/session.h"
#include "bridge/starter.h"
#include "bridge/streams.h"

namespace haypile::bridge {

struct BridgeOptions {
  // "mcp" or "rpc".
  std::string face = "mcp";
  std::string version;
  // Absolute; empty: unknown.
  std::string root;
  // Name of the client; empty: unknown.
  std::string client;
  // The process whose end is the bridge's; 0: its parent.
  int parent = 0;
  // How long reaching a daemon that is alive and gets on may take, milliseconds.
  int startMs = 120000;
};

class Bridge {
 public:
  Bridge(const Endpoint& endpoint, BridgeOptions options, StartCommand command);

  // Returns the exit code when the client is gone: 0, or 1 when the last thing it heard were errors in the
  // daemon's place.
  int Run();

 private:
  // Where the way to the daemon stands.
  enum class Way {
    kNone,         // no socket; the next message looks for one
    kSeeking,      // connecting, perhaps starting a daemon
    kGreeting,     // hello sent, waiting for its line
    kIntroducing,  // a new daemon hears `initialize` again
    kOpen,
    kLeaving,  // the daemon goes: its answers are awaited, nothing new is sent
  };

  void StartSeeking();
  void Seek(int64_t now);
  void Greet(int64_t now);
  void Opened();
  // Ends the way; requests in flight get an answer from us.
  void Lost(const std::string& message);
  // There is no way now: all that waits gets this answer. The next message tries again.
  void Refused(std::string why, const std::string& told);
  // Minds that a daemon that somebody waits for does answer.
  void Mind(int64_t now);
  void TakeControl(const Line& line);
  void TakeFromDaemon();
  void TakeFromClient();
  void Answer(const std::string& text) { toClient_.Add(text); }
  void Fail(const std::string& lines);
  void ReadClient();
  void ReadDaemon();
  bool WriteClient();
  void WriteDaemon();
  bool Finished();
  int PollOnce();
  int Timeout(int64_t now) const;
  bool Awaits() const;
  int64_t QuietMs() const;

  const Endpoint endpoint_;
  const BridgeOptions options_;
  Starter starter_;
  Session session_;
  Pulse pulse_;
  LineBuffer fromClient_;
  LineBuffer fromDaemon_;
  OutBuffer toClient_;
  OutBuffer toDaemon_;
  Way way_ = Way::kNone;
  Connection socket_;
  // Of the socket.
  Owner owner_;
  Streams streams_;
  bool clientEnded_ = false;
  // All was sent, and the daemon was told so: what it says until it closes is the rest.
  bool closing_ = false;
  bool failed_ = false;
  std::string lastSaid_;
  // A daemon of another version was asked to leave; whoever comes next is taken.
  bool acceptAny_ = false;
  int64_t seekingSince_ = 0;
  int64_t nextSeek_ = 0;
  int64_t seekMs_ = 0;
  // When the daemon was heard last, or somebody began to wait.
  int64_t heardAt_ = 0;
};

}  // namespace haypile::bridge
