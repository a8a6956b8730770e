// Starts the daemon when there is none: `node <script> daemon`, in a session of its own, so that it outlives
// the bridge and its host. It gets no file of the bridge's: a host that waits for the end of a stream of its
// own would wait for the daemon.
#pragma once
#include <memory>
#include <string>

#include "bridge/endpoint.h"
#include "bridge/owner.h"

namespace haypile::bridge {

struct StartCommand {
  std::string node;
  std::string script;
};

// What to run: said on the command line, else by HAYPILE_NODE and HAYPILE_SCRIPT, else beside this executable.
StartCommand FindCommand(const std::string& node, const std::string& script);

class Starter {
 public:
  Starter(const Endpoint& endpoint, StartCommand command);
  ~Starter();

  // Starts a daemon, unless another process is about to. Call again while there is no socket.
  // False: it cannot be started; error() says why.
  bool Try();
  // The daemon answers, or nobody waits for it any more.
  void Done();
  const std::string& error() const { return error_; }
  // The process that was started and is there still, as far as is known; pid 0: none.
  const Owner& started() const { return started_; }

 private:
  enum class Lock { kOurs, kAnothers, kFailed };

  bool Gone();
  // These are the system's.
  Lock TakeLock();
  bool Spawn();
  // The process that was started may have ended. False: it certainly has not.
  bool MayBeGone();
  void LetGo();

  const Endpoint& endpoint_;
  StartCommand command_;
  struct System;
  std::unique_ptr<System> system_;
  Owner started_;
  bool running_ = false;
  int starts_ = 0;
  std::string error_;
};

}  // namespace haypile::bridge
