#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "bridge/connection_posix.h"
#include "bridge/parent.h"
#include "bridge/streams.h"

namespace haypile::bridge {
namespace {

// What a pipe that is writable takes without blocking.
constexpr size_t kPipeBytes = 4096;

short Events(bool in, bool out) { return static_cast<short>((in ? POLLIN : 0) | (out ? POLLOUT : 0)); }

int FileOf(const Connection& connection) { return connection.isOpen() ? connection.inside()->file : -1; }

}  // namespace

struct Streams::System {
  int parent = 0;
  // Readable when the parent is gone; -1 where the system has none such.
  int parentFile = -1;
};

Streams::Streams(int parent) : system_(new System()) {
  system_->parent = parent > 0 ? parent : getppid();
  // Where it cannot be had (too many files, an old kernel) the parent is looked at twice a second.
  system_->parentFile = OpenParentFile(system_->parent);
}

Streams::~Streams() {
  if (system_->parentFile >= 0) close(system_->parentFile);
}

bool Streams::canWaitForParent() const { return system_->parentFile >= 0; }

Ready Streams::Wait(const Wanted& wanted, const Connection& daemon, const Connection& control, int timeoutMs) {
  Ready ready;
  pollfd files[5] = {
      {wanted.fromClient ? 0 : -1, POLLIN, 0},
      // Without events its end is told all the same.
      {1, Events(false, wanted.toClient), 0},
      {FileOf(daemon), Events(wanted.fromDaemon, wanted.toDaemon), 0},
      {system_->parentFile, POLLIN, 0},
      {FileOf(control), Events(wanted.fromControl, wanted.toControl), 0},
  };
  if (files[2].events == 0) files[2].fd = -1;
  if (poll(files, 5, timeoutMs) < 0) {
    ready.failed = errno != EINTR;
    return ready;
  }
  ready.parentGone = files[3].revents != 0 || getppid() != system_->parent;
  ready.toClient = (files[1].revents & POLLOUT) != 0;
  ready.clientGone = !ready.toClient && (files[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
  ready.fromClient = files[0].revents != 0;
  ready.toDaemon = (files[2].revents & POLLOUT) != 0;
  ready.fromDaemon = (files[2].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
  return ready;
}

long Streams::ReadClient(char* to, size_t room) {
  const ssize_t count = read(0, to, room);
  if (count > 0) return count;
  return count < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
}

size_t Streams::mostToClient() { return kPipeBytes; }

bool Streams::isWriting() const { return false; }

long Streams::WriteClient(const char* from, size_t count) {
  const ssize_t written = write(1, from, count);
  if (written >= 0) return written;
  return errno == EINTR || errno == EAGAIN ? 0 : -1;
}

void Streams::Say(const char* text, size_t count) {
  if (write(2, text, count) < 0) return;
}

}  // namespace haypile::bridge
