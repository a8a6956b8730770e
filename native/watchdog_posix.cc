#include "watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "loop_watch.h"

namespace haypile {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP};
constexpr size_t kMostAskers = 16;
constexpr size_t kMostAsk = 256;
// What an asker has to say its line, and to read the answer.
constexpr int kAskMs = 2000;
constexpr size_t kStackBytes = 256 * 1024;
#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;
#endif

// Written by the handler, read by the thread; open for as long as the process runs, because a handler that is
// late must find nothing else under its number.
int wakeRead = -1;
int wakeWrite = -1;
std::atomic<int> signals{0};

void Wake() {
  const char byte = 0;
  // Full: it is awake already.
  if (write(wakeWrite, &byte, 1) < 0) return;
}

extern "C" void OnSignal(int) {
  const int saved = errno;
  signals.fetch_add(1, std::memory_order_relaxed);
  Wake();
  errno = saved;
}

int64_t Now(clockid_t clock = CLOCK_MONOTONIC) {
  timespec now;
  if (clock_gettime(clock, &now) != 0) return 0;
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

bool SetFlags(int file) {
  return fcntl(file, F_SETFD, FD_CLOEXEC) == 0 && fcntl(file, F_SETFL, O_NONBLOCK) == 0;
}

bool OpenWake() {
  if (wakeRead >= 0) return true;
  int ends[2];
  if (pipe(ends) != 0) return false;
  if (!SetFlags(ends[0]) || !SetFlags(ends[1])) {
    close(ends[0]);
    close(ends[1]);
    return false;
  }
  wakeRead = ends[0];
  wakeWrite = ends[1];
  return true;
}

// A socket that listens at a path, for this user; -1: none can be there.
int ListenAt(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return -1;
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int file = socket(AF_UNIX, SOCK_STREAM, 0);
  if (file < 0) return -1;
  // Whoever listens holds the lock of the daemon: what lies there was left by one that is gone.
  unlink(path.c_str());
  if (SetFlags(file) && bind(file, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      chmod(path.c_str(), 0600) == 0 && listen(file, 16) == 0) {
    return file;
  }
  close(file);
  return -1;
}

// Somebody at the control socket.
struct Asker {
  int file;
  int64_t until;
  std::string said;
  // Its "alive" waits for the loop, until then.
  int64_t answerAt = 0;
};

}  // namespace

struct Watchdog::State : LoopWatch {
  explicit State(WatchdogOptions options) : LoopWatch(std::move(options)) {}

  pthread_t thread;
  clockid_t loopClock = CLOCK_PROCESS_CPUTIME_ID;
  struct sigaction before[sizeof kSignals / sizeof kSignals[0]];
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  // Guarded by the mutex: a socket that the thread is to take over.
  int newListener = -1;

  // Of the thread alone.
  int listener = -1;
  std::vector<Asker> askers;

  void Loop();
  int Timeout() const;
  void TakeListener();
  void Accept();
  bool Serve(Asker& asker);
  bool Answer(const Asker& asker, const std::string& text);

 protected:
  int64_t Now() const override { return haypile::Now(); }
  int64_t LoopCpu() const override { return haypile::Now(loopClock); }
  int Pid() const override { return static_cast<int>(getpid()); }
  [[noreturn]] void End(const char* line, size_t bytes) override;
};

std::unique_ptr<Watchdog> Watchdog::Start(WatchdogOptions options, std::string* error) {
  const auto fail = [error](const char* what) {
    *error = std::string(what) + ": " + strerror(errno);
    return nullptr;
  };
  if (!OpenWake()) return fail("no pipe");
  auto state = std::make_shared<State>(std::move(options));
  state->askers.reserve(kMostAskers);
  state->SkipSignals(signals.load(std::memory_order_relaxed));
#ifdef __linux__
  if (pthread_getcpuclockid(pthread_self(), &state->loopClock) != 0) {
    state->loopClock = CLOCK_PROCESS_CPUTIME_ID;
  }
#endif
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
#ifndef HAYPILE_SANITIZED
  pthread_attr_setstacksize(&attributes, kStackBytes);
#endif
  // The thread itself takes none: a handler that ran there would wake it only to find itself.
  sigset_t all;
  sigset_t own;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &own);
  auto* given = new std::shared_ptr<State>(state);
  const int failure = pthread_create(&state->thread, &attributes, Run, given);
  pthread_sigmask(SIG_SETMASK, &own, nullptr);
  pthread_attr_destroy(&attributes);
  if (failure != 0) {
    delete given;
    errno = failure;
    return fail("no thread");
  }
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    sigaction(kSignals[i], nullptr, &state->before[i]);
    // Whoever started the process with it ignored (nohup) means that.
    if (state->before[i].sa_handler == SIG_IGN) continue;
    struct sigaction taken {};
    taken.sa_handler = OnSignal;
    taken.sa_flags = SA_RESTART;
    sigemptyset(&taken.sa_mask);
    sigaction(kSignals[i], &taken, nullptr);
  }
  return std::unique_ptr<Watchdog>(new Watchdog(std::move(state)));
}

Watchdog::Watchdog(std::shared_ptr<State> state) : state_(std::move(state)) {}

Watchdog::~Watchdog() {
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    sigaction(kSignals[i], &state_->before[i], nullptr);
  }
  state_->stopping = true;
  Wake();
  pthread_join(state_->thread, nullptr);
  // The socket's file stays: it may be the next daemon's by now.
  if (state_->newListener >= 0) close(state_->newListener);
}

bool Watchdog::Listen(const std::string& path) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  const int file = ListenAt(path);
  if (file < 0) return false;
  if (state_->newListener >= 0) close(state_->newListener);
  state_->newListener = file;
  Wake();
  return true;
}

void Watchdog::Turned() {
  state_->NoteTurned();
  Wake();
}

void Watchdog::Leaving(int withinMs) {
  state_->NoteLeaving(withinMs);
  Wake();
}

void* Watchdog::Run(void* given) {
  const std::unique_ptr<std::shared_ptr<State>> state(static_cast<std::shared_ptr<State>*>(given));
#ifdef __linux__
  pthread_setname_np(pthread_self(), "haypile-watch");
#endif
  (*state)->Loop();
  return nullptr;
}

// No exception leaves it: one that left a thread would end the process.
void Watchdog::State::Loop() {
  while (!stopping) {
    TakeListener();
    HeedSignals(signals.load(std::memory_order_relaxed));
    CheckLoop();
    pollfd files[kMostAskers + 2] = {{wakeRead, POLLIN, 0}};
    files[1] = {askers.size() < kMostAskers ? listener : -1, POLLIN, 0};
    nfds_t count = 2;
    for (const Asker& asker : askers) {
      files[count++] = {asker.answerAt == 0 ? asker.file : -1, POLLIN, 0};
    }
    if (poll(files, count, Timeout()) < 0 && errno != EINTR) return;
    char bytes[256];
    while (read(wakeRead, bytes, sizeof bytes) > 0) {
    }
    CheckLoop();
    const auto left = std::remove_if(askers.begin(), askers.end(), [this](Asker& asker) {
      try {
        if (Serve(asker)) return false;
      } catch (...) {  // its end tells whoever asked
      }
      close(asker.file);
      return true;
    });
    askers.erase(left, askers.end());
    if (listener >= 0) Accept();
  }
  for (const Asker& asker : askers) close(asker.file);
  if (listener >= 0) close(listener);
}

int Watchdog::State::Timeout() const {
  const int64_t now = Now();
  int64_t timeout = LoopWatch::Timeout(now);
  for (const Asker& asker : askers) {
    const int64_t time = asker.answerAt > 0 ? asker.answerAt : asker.until;
    const int64_t left = std::max<int64_t>(0, time - now);
    timeout = timeout < 0 ? left : std::min(timeout, left);
  }
  return static_cast<int>(std::min<int64_t>(timeout, 3'600'000));
}

void Watchdog::State::TakeListener() {
  const std::lock_guard<std::mutex> lock(mutex);
  if (newListener < 0) return;
  if (listener >= 0) close(listener);
  listener = newListener;
  newListener = -1;
}

void Watchdog::State::Accept() {
  while (askers.size() < kMostAskers) {
    const int file = accept(listener, nullptr, nullptr);
    if (file < 0) return;
    if (!SetFlags(file)) {
      close(file);
      continue;
    }
    askers.push_back({file, Now() + kAskMs, "", 0});
  }
}

// False: it is done with.
bool Watchdog::State::Serve(Asker& asker) {
  if (asker.answerAt > 0) {
    if (!IsAnswered() && Now() < asker.answerAt) return true;
    return Answer(asker, Vitals());
  }
  char bytes[kMostAsk];
  const ssize_t count = read(asker.file, bytes, sizeof bytes);
  if (count == 0) return false;
  if (count < 0) return (errno == EAGAIN || errno == EINTR) && Now() < asker.until;
  asker.said.append(bytes, static_cast<size_t>(count));
  if (asker.said.find('\n') == std::string::npos) return asker.said.size() < kMostAsk;
  std::string text;
  switch (Ask(asker.said, &text, &asker.answerAt)) {
    case Reply::kNone:
      return false;
    case Reply::kText:
      return Answer(asker, text);
    case Reply::kVitals:
      break;
  }
  return true;
}

// The answer is short enough for the socket's buffer. Always false: one question, one answer.
bool Watchdog::State::Answer(const Asker& asker, const std::string& text) {
  send(asker.file, text.data(), text.size(), kSendFlags);
  return false;
}

void Watchdog::State::End(const char* line, size_t bytes) {
  const int log = options_.logPath.empty()
                      ? -1
                      : open(options_.logPath.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  // It ends whether or not anybody hears of it.
  if (write(log >= 0 ? log : 2, line, bytes) < 0) _exit(1);
  _exit(1);
}

}  // namespace haypile
