// What the bridge waits for: its client on stdin and stdout, its parent's end, and its connections.
#pragma once
#include <cstddef>
#include <memory>

#include "bridge/connection.h"

namespace haypile::bridge {

struct Wanted {
  // To read from the client, and to write to it.
  bool fromClient = false;
  bool toClient = false;
  bool fromDaemon = false;
  bool toDaemon = false;
  // Of the watchdog.
  bool fromControl = false;
  bool toControl = false;
};

struct Ready {
  bool failed = false;
  // The process whose end is the bridge's is gone.
  bool parentGone = false;
  // Nobody reads what is said to the client.
  bool clientGone = false;
  bool fromClient = false;
  bool toClient = false;
  bool fromDaemon = false;
  bool toDaemon = false;
};

class Streams {
 public:
  // parent: the process whose end is the bridge's; 0: whoever started it.
  explicit Streams(int parent);
  ~Streams();
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  // False: the parent has to be looked at, by a Wait() with a timeout.
  bool canWaitForParent() const;
  // Returns when one thing of these can be done, or after timeoutMs; -1: without end.
  Ready Wait(const Wanted& wanted, const Connection& daemon, const Connection& control, int timeoutMs);

  // Bytes; 0: none now; -1: the client says no more.
  long ReadClient(char* to, size_t room);
  // What is best given to WriteClient() at once.
  static size_t mostToClient();
  // Bytes; 0: none now; -1: nobody reads.
  long WriteClient(const char* from, size_t count);
  // Some of what was taken is under way still.
  bool isWriting() const;
  // For people.
  static void Say(const char* text, size_t count);

 private:
  struct System;
  std::unique_ptr<System> system_;
};

}  // namespace haypile::bridge
