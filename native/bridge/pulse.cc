#include "bridge/pulse.h"

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

}  // namespace

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
  connection_.Close();
  watching_ = false;
}

int64_t Pulse::Timeout(int64_t now) const {
  if (!watching_) return -1;
  return std::max<int64_t>(0, (connection_.isOpen() ? askUntil_ : nextLook_) - now);
}

std::string Pulse::Step(int64_t now) {
  if (!watching_) return "";
  if (!connection_.isOpen()) {
    if (now < nextLook_) return "";
    Ask(now);
    if (!connection_.isOpen()) Note(FindWithoutAnswer(), now);
  }
  if (connection_.isOpen() && Hear(now)) {
    connection_.Close();
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
  return connection_.isOpen() ? "" : Verdict(now);
}

void Pulse::Ask(int64_t now) {
  asked_ = false;
  answer_.clear();
  askUntil_ = now + kAskMs;
  connection_.Open(owner_.control);
}

bool Pulse::Hear(int64_t now) {
  if (!asked_) {
    const long sent = connection_.Send(kAsk, sizeof kAsk - 1);
    // The buffer of a new socket has room for the whole line.
    if (sent < 0) return true;
    asked_ = sent > 0;
  }
  char bytes[1024];
  const long count = connection_.Receive(bytes, sizeof bytes);
  if (count < 0) return true;
  answer_.append(bytes, static_cast<size_t>(count));
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
