// The thread that answers for a process whose event loop may be stuck in one piece of work. It takes SIGTERM,
// SIGINT and SIGHUP, and asks at a local socket: "alive" is answered with how long the loop has not turned,
// "stop" asks the process to leave. Both become a word for the loop. When the loop does not take it, or what it
// begins then has no end, the process is ended here: what it stored is safe, by the same means as after a kill.
//
// One a process. The hooks are called on the thread, and must not wait for the loop.
#pragma once
#include <stdint.h>

#include <functional>
#include <memory>
#include <string>

namespace haypile {

enum class WatchWord { kStop, kSignal };

struct WatchdogOptions {
  // Said to whoever asks. Nothing in it needs an escape.
  std::string version;
  // A line is added to it when the process is ended; empty: none is.
  std::string logPath;
  // Makes the loop call Turned() as soon as it turns.
  std::function<void()> ping;
  std::function<void(WatchWord)> word;
  // What the loop has to take a word, in processor time of its thread and by the clock.
  int turnCpuMs = 5000;
  int turnMs = 20000;
  // How long an answer to "alive" waits for the loop.
  int pingMs = 200;
};

class Watchdog {
 public:
  // Starts the thread and takes the signals; the caller is the thread of the loop. Null: it could not be
  // started, `error` says why.
  static std::unique_ptr<Watchdog> Start(WatchdogOptions options, std::string* error);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Opens the control socket there, in place of one that was opened before. The folder is the caller's own, and
  // so is the removal of the file. False: no socket can be there.
  bool Listen(const std::string& path);
  // The loop has turned.
  void Turned();
  // The loop has begun to leave: the process is ended when it is there still after so long.
  void Leaving(int withinMs);

 private:
  struct State;
  explicit Watchdog(std::shared_ptr<State> state);
  static void* Run(void* state);

  std::shared_ptr<State> state_;
};

}  // namespace haypile
