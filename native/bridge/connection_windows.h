// Inside of a connection, for those who wait for it: one read and one write may be under way.
#pragma once
#include <vector>

#include "bridge/connection.h"
#include "windows/api.h"

namespace haypile::bridge {

// One way of a pipe.
struct Transfer {
  Transfer();
  OVERLAPPED overlapped{};
  windows::Handle event;
  std::vector<char> bytes;
  bool underWay = false;
  bool ended = false;
};

struct Connection::System {
  explicit System(HANDLE opened) : pipe(opened) {}
  ~System();

  // Begins to read, unless that is under way or bytes wait.
  void StartReading();
  bool HasRead();
  bool HasWritten();

  windows::Handle pipe;
  Transfer in;
  size_t inCount = 0;
  size_t inTaken = 0;
  Transfer out;
};

}  // namespace haypile::bridge
