// One connection of the bridge to the daemon or to its watchdog: a socket, on Windows a pipe with a name. Nothing
// here waits; Streams::Wait() says when there is something to do.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

namespace haypile::bridge {

class Connection {
 public:
  Connection();
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  enum class Door {
    kOpen,
    kFull,    // somebody listens there and takes nobody now
    kNobody,
    kBroken,  // error() says why
  };
  // Only what this user made is taken.
  Door Open(const std::string& address);
  const std::string& error() const { return error_; }
  bool isOpen() const { return system_ != nullptr; }
  void Close();

  // Bytes that were there; 0: none now; -1: there will be none any more.
  long Receive(char* to, size_t room);
  // Bytes that were taken; 0: none now; -1: nobody takes any more.
  long Send(const char* from, size_t count);
  // Some of what was taken is under way still: closed now, it would be lost.
  bool isSending() const;
  // Says that nothing more will be sent. False: that cannot be said here.
  bool EndSending();

  struct System;
  System* inside() const { return system_.get(); }

 private:
  std::unique_ptr<System> system_;
  std::string error_;
};

}  // namespace haypile::bridge
