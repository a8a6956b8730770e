#include <signal.h>

#include "bridge/main.h"

int main(int count, char** words) {
  signal(SIGPIPE, SIG_IGN);
  return haypile::bridge::Main(std::vector<std::string>(words + (count > 0 ? 1 : 0), words + count));
}
