#include "bridge/connection_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace haypile::bridge {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;
#endif

}  // namespace

Connection::System::~System() { close(file); }

Connection::Connection() = default;
Connection::~Connection() = default;

Connection::Door Connection::Open(const std::string& address) {
  Close();
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  if (address.empty() || address.size() >= sizeof place.sun_path) return Door::kNobody;
  memcpy(place.sun_path, address.c_str(), address.size() + 1);
  const auto broken = [this] {
    error_ = std::string("Could not open a socket: ") + strerror(errno) + ".";
    return Door::kBroken;
  };
  const int file = socket(AF_UNIX, SOCK_STREAM, 0);
  if (file < 0) return broken();
  if (fcntl(file, F_SETFD, FD_CLOEXEC) != 0 || fcntl(file, F_SETFL, O_NONBLOCK) != 0) {
    const Door door = broken();
    close(file);
    return door;
  }
  if (connect(file, reinterpret_cast<sockaddr*>(&place), sizeof place) != 0) {
    const int reason = errno;
    close(file);
    return reason == EAGAIN ? Door::kFull : Door::kNobody;
  }
  system_.reset(new System(file));
  return Door::kOpen;
}

void Connection::Close() { system_.reset(); }

long Connection::Receive(char* to, size_t room) {
  if (!isOpen()) return -1;
  const ssize_t count = recv(system_->file, to, room, 0);
  if (count > 0) return count;
  return count < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
}

long Connection::Send(const char* from, size_t count) {
  if (!isOpen()) return -1;
  const ssize_t sent = send(system_->file, from, count, kSendFlags);
  if (sent >= 0) return sent;
  return errno == EINTR || errno == EAGAIN ? 0 : -1;
}

// The system has what was taken.
bool Connection::isSending() const { return false; }

bool Connection::EndSending() { return isOpen() && shutdown(system_->file, SHUT_WR) == 0; }

}  // namespace haypile::bridge
