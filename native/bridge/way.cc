// The way to the daemon: where it is, whether it answers, and when it is of no use to wait longer.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "bridge/bridge.h"

namespace haypile::bridge {
namespace {

// Between two looks for a socket, the first and the longest.
constexpr int64_t kSeekMs = 5;
constexpr int64_t kLongestSeekMs = 50;
// A daemon that is silent so long while somebody waits is looked at: at a first contact, and later.
constexpr int64_t kGreetingQuietMs = 1500;
constexpr int64_t kCallQuietMs = 20000;

constexpr const char* kNotStarted = "The Haypile daemon could not be started: ";

}  // namespace

int64_t Bridge::NowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

void Bridge::StartSeeking() {
  way_ = Way::kSeeking;
  seekingSince_ = NowMs();
  nextSeek_ = 0;
  seekMs_ = kSeekMs;
}

void Bridge::Seek(int64_t now) {
  const std::string hung = pulse_.Step(now);
  if (!hung.empty()) return Refused(hung, hung);
  if (now < nextSeek_) return;
  const std::string wrong = SecureFolder(endpoint_.folder);
  if (!wrong.empty()) return Refused(wrong, wrong);
  owner_ = ReadOwner(endpoint_.owner);
  Owner watched;
  switch (Connect(owner_.socket)) {
    case Door::kOpen:
      starter_.Done();
      return Greet(now);
    case Door::kBroken: {
      const std::string why = std::string("Could not open a socket: ") + strerror(errno) + ".";
      return Refused(why, why);
    }
    case Door::kFull:
      watched = owner_;
      break;
    case Door::kNobody:
      // One that is there starts, or goes: another one would find its place taken.
      if (IsDaemon(owner_, endpoint_.lock)) {
        watched = owner_;
        break;
      }
      if (!starter_.Try()) return Refused(starter_.error(), kNotStarted + starter_.error());
      watched = starter_.started();
      break;
  }
  if (watched.pid == 0) {
    pulse_.Rest();
  } else if (!pulse_.watching() || pulse_.pid() != watched.pid) {
    pulse_.Watch(watched, kGreetingLimits, now);
  }
  if (now - seekingSince_ > options_.startMs) {
    const std::string why = "no daemon answered in time. See " + endpoint_.dataFolder + "/logs.";
    return Refused(why, kNotStarted + why);
  }
  nextSeek_ = now + seekMs_;
  seekMs_ = std::min(kLongestSeekMs, seekMs_ + 1 + seekMs_ / 4);
}

Bridge::Door Bridge::Connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return Door::kNobody;
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int file = socket(AF_UNIX, SOCK_STREAM, 0);
  if (file < 0) return Door::kBroken;
  const bool set = fcntl(file, F_SETFD, FD_CLOEXEC) == 0 && fcntl(file, F_SETFL, O_NONBLOCK) == 0;
  if (!set || connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    const int reason = errno;
    close(file);
    errno = reason;
    if (!set) return Door::kBroken;
    return reason == EAGAIN ? Door::kFull : Door::kNobody;
  }
  socket_ = file;
  return Door::kOpen;
}

void Bridge::Greet(int64_t now) {
  pulse_.Rest();
  fromDaemon_.Clear();
  toDaemon_.Clear();
  toDaemon_.Add("{\"haypile\":1,\"face\":" + Quoted(options_.face) +
              ",\"version\":" + Quoted(options_.version) + ",\"pid\":" + std::to_string(getpid()) +
              ",\"root\":" + Quoted(options_.root) + ",\"client\":" + Quoted(options_.client) +
              (acceptAny_ ? ",\"any\":true}\n" : "}\n"));
  way_ = Way::kGreeting;
  heardAt_ = now;
}

void Bridge::Opened() {
  acceptAny_ = false;
  lastSaid_.clear();
  const std::string words = session_.Introduction();
  toDaemon_.Add(words);
  way_ = words.empty() ? Way::kOpen : Way::kIntroducing;
}

bool Bridge::Awaits() const {
  if (way_ == Way::kGreeting || closing_) return true;
  return socket_ >= 0 && (session_.outstanding() > 0 || session_.introducing());
}

int64_t Bridge::QuietMs() const {
  return way_ == Way::kGreeting ? kGreetingQuietMs : kCallQuietMs;
}

void Bridge::Mind(int64_t now) {
  if (!Awaits() || now - heardAt_ < QuietMs()) {
    pulse_.Rest();
    return;
  }
  if (!pulse_.watching()) {
    const PulseLimits& ofCalls = owner_.control.empty() ? kCallLimitsUnasked : kCallLimits;
    pulse_.Watch(owner_, way_ == Way::kGreeting ? kGreetingLimits : ofCalls, now);
  }
  const std::string hung = pulse_.Step(now);
  if (!hung.empty()) Refused(hung, hung);
}

}  // namespace haypile::bridge
