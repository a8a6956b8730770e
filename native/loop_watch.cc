#include "loop_watch.h"

#include <stdio.h>
#include <time.h>

#include <algorithm>
#include <utility>

namespace haypile {
namespace {

// A second signal within this is the same wish, said twice.
constexpr int kSameWishMs = 1000;

bool ToUtc(time_t now, tm* parts) {
#ifdef _WIN32
  return gmtime_s(parts, &now) == 0;
#else
  return gmtime_r(&now, parts) != nullptr;
#endif
}

}  // namespace

LoopWatch::LoopWatch(WatchdogOptions options) : options_(std::move(options)) {}

void LoopWatch::NoteLeaving(int withinMs) { leaveBy_ = Now() + std::max(1, withinMs); }

int64_t LoopWatch::Timeout(int64_t now) const {
  int64_t timeout = -1;
  const auto at = [&](int64_t time) {
    const int64_t left = std::max<int64_t>(0, time - now);
    timeout = timeout < 0 ? left : std::min(timeout, left);
  };
  // Processor time cannot be waited for: it is looked at.
  if (toldAt_ > 0) at(now + 100);
  if (leaveBy_ > 0) at(leaveBy_);
  return timeout;
}

void LoopWatch::HeedSignals(int signals) {
  if (signals == heeded_) return;
  heeded_ = signals;
  if (toldAt_ > 0 && Now() - toldAt_ > kSameWishMs) {
    EndFor("told to end for the second time, its event loop did not turn", Now() - toldAt_);
  }
  Tell(WatchWord::kSignal);
}

void LoopWatch::Tell(WatchWord word) {
  try {
    options_.word(word);
  } catch (...) {  // untold, it is not taken, and the process is ended in time
  }
  // Whoever leaves already has a time to be gone by.
  if (toldAt_ > 0 || leaveBy_ > 0) return;
  toldAt_ = Now();
  toldCpu_ = LoopCpu();
}

void LoopWatch::CheckLoop() {
  if (turned_.exchange(false)) pingedAt_ = 0;
  const int64_t now = Now();
  if (leaveBy_ > 0) {
    toldAt_ = 0;
    if (now >= leaveBy_) EndFor("leaving, it did not come to an end", now - leaveBy_);
    return;
  }
  if (toldAt_ == 0) return;
  const bool worked = LoopCpu() - toldCpu_ >= options_.turnCpuMs;
  if (worked || now - toldAt_ >= options_.turnMs) {
    EndFor("told to end, its event loop did not turn", now - toldAt_);
  }
}

LoopWatch::Reply LoopWatch::Ask(const std::string& line, std::string* text, int64_t* answerAt) {
  if (line.find("\"ask\":\"stop\"") != std::string::npos) {
    Tell(WatchWord::kStop);
    *text = "{\"haypile\":1,\"ok\":true,\"pid\":" + std::to_string(Pid()) + "}\n";
    return Reply::kText;
  }
  if (line.find("\"ask\":\"alive\"") == std::string::npos) return Reply::kNone;
  if (pingedAt_ == 0) {
    // A loop that could not be asked is not one that does not answer.
    options_.ping();
    pingedAt_ = Now();
    pingedCpu_ = LoopCpu();
  }
  *answerAt = Now() + options_.pingMs;
  return Reply::kVitals;
}

std::string LoopWatch::Vitals() const {
  const int64_t blocked = pingedAt_ > 0 ? std::max<int64_t>(1, Now() - pingedAt_) : 0;
  const int64_t cpu = pingedAt_ > 0 ? LoopCpu() - pingedCpu_ : 0;
  return "{\"haypile\":1,\"pid\":" + std::to_string(Pid()) + ",\"version\":\"" + options_.version +
         "\",\"blockedMs\":" + std::to_string(blocked) + ",\"blockedCpuMs\":" + std::to_string(cpu) +
         ",\"leaving\":" + (leaveBy_ > 0 ? "true" : "false") + "}\n";
}

void LoopWatch::EndFor(const char* why, int64_t ms) {
  char time[32] = "";
  tm parts;
  if (ToUtc(::time(nullptr), &parts)) strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S.000Z", &parts);
  char line[512];
  const int length = snprintf(line, sizeof line,
                              "{\"time\":\"%s\",\"level\":\"error\",\"pid\":%d,\"event\":\"ended by "
                              "the watchdog\",\"why\":\"%s\",\"afterMs\":%lld}\n",
                              time, Pid(), why, static_cast<long long>(ms));
  End(line, static_cast<size_t>(std::max(0, std::min(length, 511))));
}

}  // namespace haypile
