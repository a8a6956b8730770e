// Inside of a connection, for those who wait for it.
#pragma once
#include "bridge/connection.h"

namespace haypile::bridge {

struct Connection::System {
  explicit System(int opened) : file(opened) {}
  ~System();
  int file;
};

}  // namespace haypile::bridge
