// Does a daemon that does not answer still work? The rules are those of src/wire/pulse.ts: the clock alone never
// decides, because a busy machine is slow. The watchdog of the daemon is asked, then the system. Nothing here
// waits: the loop of the bridge carries it.
#pragma once
#include <stdint.h>

#include <string>

#include "bridge/connection.h"
#include "bridge/owner.h"

namespace haypile::bridge {

// Milliseconds after which it is of no use to wait longer; what they mean stands in pulse.ts.
struct PulseLimits {
  int64_t stoppedMs;
  int64_t silentMs;
  int64_t muteMs;
  int64_t blockedCpuMs;
  int64_t blockedMs;
};

// For a first contact, for requests in flight, and for these at a daemon without a watchdog: it may be at work and
// only not say so.
constexpr PulseLimits kGreetingLimits{2000, 10000, 20000, 12000, 60000};
constexpr PulseLimits kCallLimits{10000, 30000, 60000, 60000, 180000};
constexpr PulseLimits kCallLimitsUnasked{10000, INT64_MAX, INT64_MAX, 60000, 180000};

class Pulse {
 public:
  // From now on this one is minded; whatever was found of another is forgotten.
  void Watch(const Owner& owner, const PulseLimits& limits, int64_t now);
  // Nobody waits any more.
  void Rest();
  bool watching() const { return watching_; }
  pid_t pid() const { return owner_.pid; }

  // Looks when it is time to, and reads what came. Why it is of no use to wait longer; empty: wait.
  std::string Step(int64_t now);

  // What the loop has to wait for, where it is open.
  const Connection& connection() const { return connection_; }
  bool wantsToAsk() const { return connection_.isOpen() && !asked_; }
  bool wantsToHear() const { return connection_.isOpen() && asked_; }
  // Milliseconds until the next Step(); -1: no need.
  int64_t Timeout(int64_t now) const;

 private:
  enum class Finding { kFine, kGone, kStopped, kSilent, kMute, kBlocked };

  void Ask(int64_t now);
  // True: the answer is whole, or there will be none.
  bool Hear(int64_t now);
  void Note(Finding finding, int64_t now);
  Finding FindWithoutAnswer();
  std::string Verdict(int64_t now) const;

  Owner owner_;
  PulseLimits limits_{};
  bool watching_ = false;
  Connection connection_;
  bool asked_ = false;
  std::string answer_;
  int64_t askUntil_ = 0;
  int64_t nextLook_ = 0;
  Finding finding_ = Finding::kFine;
  // Since when it is as it was found last, and when its processor time was seen to move.
  int64_t since_ = 0;
  int64_t moved_ = 0;
  int64_t cpu_ = -1;
  int64_t blockedMs_ = 0;
  int64_t blockedCpuMs_ = 0;
};

}  // namespace haypile::bridge
