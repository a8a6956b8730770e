// The way to the daemon: where it is, whether it answers, and when it is of no use to wait longer.
#include <algorithm>

#include "bridge/bridge.h"
#include "bridge/system.h"

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
  switch (socket_.Open(owner_.socket)) {
    case Connection::Door::kOpen:
      starter_.Done();
      return Greet(now);
    case Connection::Door::kBroken:
      return Refused(socket_.error(), socket_.error());
    case Connection::Door::kFull:
      watched = owner_;
      break;
    case Connection::Door::kNobody:
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

void Bridge::Greet(int64_t now) {
  pulse_.Rest();
  fromDaemon_.Clear();
  toDaemon_.Clear();
  toDaemon_.Add("{\"haypile\":1,\"face\":" + Quoted(options_.face) +
              ",\"version\":" + Quoted(options_.version) + ",\"pid\":" + std::to_string(OwnPid()) +
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
  return socket_.isOpen() && (session_.outstanding() > 0 || session_.introducing());
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
