// What the watchdog knows of the loop it watches, and what follows from it: the rules, without the system.
#pragma once
#include <stdint.h>

#include <atomic>
#include <string>

#include "watchdog.h"

namespace haypile {

class LoopWatch {
 public:
  explicit LoopWatch(WatchdogOptions options);
  virtual ~LoopWatch() = default;

  // By any thread.
  void NoteTurned() { turned_ = true; }
  void NoteLeaving(int withinMs);

  // The others by the watchdog's thread alone.
  // Milliseconds until something is due; -1: nothing is.
  int64_t Timeout(int64_t now) const;
  // The process was told to end `signals` times so far.
  void HeedSignals(int signals);
  // What was told before the watchdog came is not its own.
  void SkipSignals(int signals) { heeded_ = signals; }
  // What the loop has done meanwhile, and what it has not.
  void CheckLoop();

  enum class Reply {
    kNone,   // no question: hang up
    kText,   // answer with `text`
    kVitals  // answer with Vitals() at `answerAt`, or when IsAnswered()
  };
  // What somebody asked, a whole line.
  Reply Ask(const std::string& line, std::string* text, int64_t* answerAt);
  // The loop has answered the ping, if there was one.
  bool IsAnswered() const { return pingedAt_ == 0; }
  std::string Vitals() const;

 protected:
  virtual int64_t Now() const = 0;
  // Processor time of the loop's thread, milliseconds.
  virtual int64_t LoopCpu() const = 0;
  virtual int Pid() const = 0;
  // Adds the line to the log, and ends the process.
  virtual void End(const char* line, size_t bytes) = 0;

  const WatchdogOptions options_;

 private:
  void Tell(WatchWord word);
  void EndFor(const char* why, int64_t ms);

  // Of the loop.
  std::atomic<bool> turned_{false};
  std::atomic<int64_t> leaveBy_{0};
  int heeded_ = 0;
  // The oldest ping without an answer.
  int64_t pingedAt_ = 0;
  int64_t pingedCpu_ = 0;
  // The oldest word that the loop has not taken.
  int64_t toldAt_ = 0;
  int64_t toldCpu_ = 0;
};

}  // namespace haypile
