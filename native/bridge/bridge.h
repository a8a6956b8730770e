// The pipe between an MCP client on stdin and stdout and the daemon on its socket. One thread, one poll loop;
// whole lines only, so that stdout never holds a part of a message.
#pragma once
#include <stdint.h>

#include <string>

#include "bridge/endpoint.h"
#include "bridge/line_buffer.h"
#include "bridge/out_buffer.h"
#include "bridge/session.h"
#include "bridge/starter.h"

namespace haypile::bridge {

struct BridgeOptions {
  // "mcp" or "rpc".
  std::string face = "mcp";
  std::string version;
  // Absolute; empty: unknown.
  std::string root;
  // Name of the client; empty: unknown.
  std::string client;
  // How long a daemon may take to start, milliseconds.
  int startMs = 15000;
};

class Bridge {
 public:
  Bridge(const Endpoint& endpoint, BridgeOptions options, StartCommand command);
  ~Bridge();

  // Returns the exit code when the client is gone.
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

  void Seek();
  bool Connect();
  void Greet();
  void Opened();
  // Ends the way; requests in flight get an answer from us.
  void Lost(const char* message);
  void Refused(const std::string& why);
  void TakeControl(const Line& line);
  void TakeFromDaemon();
  void TakeFromClient();
  void Answer(const std::string& text) { toClient_.Add(text); }
  void ReadClient();
  void ReadDaemon();
  bool WriteClient();
  void WriteDaemon();
  bool Finished();
  int PollOnce();
  int Timeout() const;

  const Endpoint endpoint_;
  const BridgeOptions options_;
  Starter starter_;
  Session session_;
  LineBuffer fromClient_;
  LineBuffer fromDaemon_;
  OutBuffer toClient_;
  OutBuffer toDaemon_;
  Way way_ = Way::kNone;
  int socket_ = -1;
  int parent_;
  // Readable when the parent is gone; -1 where the system has none such.
  int parentFile_ = -1;
  bool clientEnded_ = false;
  // A daemon of another version was asked to leave; whoever comes next is taken.
  bool acceptAny_ = false;
  int64_t seekingSince_ = 0;
  int64_t endsAt_ = 0;
};

}  // namespace haypile::bridge
