#include "bridge/pulse.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

#include "bridge/json_fields.h"

namespace haypile::bridge {
namespace {

constexpr int64_t kAskMs = 3000;
constexpr int64_t kLookMs = 1000;
constexpr size_t kMostAnswer = 4096;
constexpr char kAsk[] = "{\"haypile\":1,\"ask\":\"alive\"}\n";

constexpr char kForce[] =
    "Or end it with: haypile stop --force (what was stored stays, and the next request starts another).";

// -1: nobody listens there.
int ConnectTo(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return -1;
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int file = socket(AF_UNIX, SOCK_STREAM, 0);
  if (file < 0) return -1;
  if (fcntl(file, F_SETFD, FD_CLOEXEC) != 0 || fcntl(file, F_SETFL, O_NONBLOCK) != 0 ||
      connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(file);
    return -1;
  }
  return file;
}

}  // namespace

Pulse::~Pulse() { CloseFile(); }

void Pulse::Watch(const Owner& owner, const PulseLimits& limits, int64_t now) {
  Rest();
  owner_ = owner;
  limits_ = limits;
  watching_ = true;
  finding_ = Finding::kFine;
  cpu_ = -1;
  nextLook_ = now;
}

void Pulse::Rest() {
  CloseFile();
  watching_ = false;
}

void Pulse::CloseFile() {
  if (file_ >= 0) close(file_);
  file_ = -1;
}

short Pulse::events() const { return static_cast<short>(asked_ ? POLLIN : POLLOUT); }

int64_t Pulse::Timeout(int64_t now) const {
  if (!watching_) return -1;
  return std::max<int64_t>(0, (file_ >= 0 ? askUntil_ : nextLook_) - now);
}

std::string Pulse::Step(int64_t now) {
  if (!watching_) return "";
  if (file_ < 0) {
    if (now < nextLook_) return "";
    Ask(now);
    if (file_ < 0) Note(FindWithoutAnswer(), now);
  }
  if (file_ >= 0 && Hear(now)) {
    CloseFile();
    Fields fields;
    // Another process may have the place by now.
    const bool answered = ReadFields(answer_, &fields) && fields.Number("pid") == owner_.pid;
    blockedMs_ = answered ? fields.Number("blockedMs") : 0;
    blockedCpuMs_ = answered ? fields.Number("blockedCpuMs") : 0;
    Note(!answered          ? FindWithoutAnswer()
         : blockedMs_ > 0 ? Finding::kBlocked
                          : Finding::kFine,
         now);
  }
  return file_ >= 0 ? "" : Verdict(now);
}

void Pulse::Ask(int64_t now) {
  asked_ = false;
  answer_.clear();
  askUntil_ = now + kAskMs;
  file_ = ConnectTo(owner_.control);
}

bool Pulse::Hear(int64_t now) {
  if (!asked_) {
#ifdef MSG_NOSIGNAL
    const int flags = MSG_NOSIGNAL;
#else
    const int flags = 0;
#endif
    const ssize_t sent = send(file_, kAsk, sizeof kAsk - 1, flags);
    // The buffer of a new socket has room for the whole line.
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return true;
    asked_ = sent >= 0;
  }
  char bytes[1024];
  const ssize_t count = recv(file_, bytes, sizeof bytes, 0);
  if (count == 0) return true;
  if (count < 0 && errno != EAGAIN && errno != EINTR) return true;
  if (count > 0) answer_.append(bytes, static_cast<size_t>(count));
  return answer_.find('\n') != std::string::npos || answer_.size() > kMostAnswer || now >= askUntil_;
}

Pulse::Finding Pulse::FindWithoutAnswer() {
  if (!IsThere(owner_)) return Finding::kGone;
  const ProcessState state = StateOf(owner_.pid);
  if (state.stopped) return Finding::kStopped;
  const bool moves = state.known && state.cpu != cpu_;
  cpu_ = state.known ? state.cpu : -1;
  return moves ? Finding::kMute : Finding::kSilent;
}

void Pulse::Note(Finding finding, int64_t now) {
  const auto quiet = [](Finding one) { return one == Finding::kSilent || one == Finding::kMute; };
  if (finding != finding_ && !(quiet(finding) && quiet(finding_))) since_ = moved_ = now;
  if (finding == Finding::kMute) moved_ = now;
  finding_ = finding;
  nextLook_ = now + kLookMs;
}

std::string Pulse::Verdict(int64_t now) const {
  const std::string name = "The Haypile daemon (process " + std::to_string(owner_.pid) + ") ";
  const auto seconds = [](int64_t ms) { return std::to_string((ms + 500) / 1000) + " s"; };
  switch (finding_) {
    case Finding::kStopped:
      if (now - since_ < limits_.stoppedMs) return "";
      return name + "is stopped, as by Ctrl-Z or a debugger, and answers nobody. Let it go on with: kill -CONT " +
             std::to_string(owner_.pid) + ". " + kForce;
    case Finding::kSilent:
    case Finding::kMute:
      if (now - since_ < limits_.muteMs && now - moved_ < limits_.silentMs) return "";
      return name + "has not answered for " + seconds(now - since_) + ", though it is there. Try again. " + kForce;
    case Finding::kBlocked:
      if (blockedCpuMs_ < limits_.blockedCpuMs && blockedMs_ < limits_.blockedMs) return "";
      return name + "has been at one piece of work for " + seconds(blockedMs_) +
             " and answers nobody meanwhile. Wait, and try again. " + kForce;
    default:
      return "";
  }
}

}  // namespace haypile::bridge
