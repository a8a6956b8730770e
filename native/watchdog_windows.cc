// Signals are what a console tells its programs; the control socket is a pipe with a name.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "loop_watch.h"
#include "watchdog.h"
#include "windows/process.h"
#include "windows/security.h"

namespace haypile {
namespace {

using windows::Handle;

constexpr size_t kMostAskers = 16;
constexpr DWORD kMostAsk = 256;
constexpr DWORD kPipeBytes = 4096;
// What an asker has to say its line.
constexpr int kAskMs = 2000;
constexpr SIZE_T kStackBytes = 256 * 1024;

// For as long as the process runs: a handler that is late must find it.
HANDLE wake = nullptr;
std::atomic<int> signals{0};

BOOL WINAPI OnControl(DWORD kind) {
  signals.fetch_add(1, std::memory_order_relaxed);
  SetEvent(wake);
  // Of these the process ends when this returns, and a little later in any case.
  if (kind == CTRL_CLOSE_EVENT || kind == CTRL_LOGOFF_EVENT || kind == CTRL_SHUTDOWN_EVENT) Sleep(INFINITE);
  return TRUE;
}

bool OpenWake() {
  if (wake == nullptr) wake = CreateEventW(nullptr, FALSE, FALSE, nullptr);
  return wake != nullptr;
}

// Somebody at the control pipe, or the one who is awaited there.
struct Asker {
  Asker(HANDLE opened, HANDLE made) : pipe(opened), event(made) { overlapped.hEvent = made; }
  // Nothing may be written into it once it is gone.
  ~Asker() {
    if (!underWay) return;
    DWORD count = 0;
    CancelIoEx(pipe.get(), &overlapped);
    GetOverlappedResult(pipe.get(), &overlapped, &count, TRUE);
  }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  Handle pipe;
  Handle event;
  OVERLAPPED overlapped{};
  bool underWay = false;
  char bytes[kMostAsk];
  int64_t until = 0;
  std::string said;
  // Its "alive" waits for the loop, until then.
  int64_t answerAt = 0;
};

enum class Progress { kNone, kSome, kEnd };

Progress ProgressOf(Asker& asker, DWORD* count) {
  if (!asker.underWay) return Progress::kNone;
  if (GetOverlappedResult(asker.pipe.get(), &asker.overlapped, count, FALSE)) {
    asker.underWay = false;
    return Progress::kSome;
  }
  if (GetLastError() == ERROR_IO_INCOMPLETE) return Progress::kNone;
  asker.underWay = false;
  return Progress::kEnd;
}

bool BeginReading(Asker& asker) {
  ResetEvent(asker.event.get());
  DWORD count = 0;
  asker.underWay = ReadFile(asker.pipe.get(), asker.bytes, kMostAsk, &count, &asker.overlapped) ||
                   GetLastError() == ERROR_IO_PENDING;
  return asker.underWay;
}

}  // namespace

struct Watchdog::State : LoopWatch {
  explicit State(WatchdogOptions options) : LoopWatch(std::move(options)) {}

  Handle thread;
  Handle loopThread;
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  // Guarded by the mutex: a pipe that the thread is to take over, and its name.
  std::unique_ptr<Asker> newDoor;
  std::string newName;

  // Of the thread alone.
  std::string name;
  std::unique_ptr<Asker> door;
  std::vector<std::unique_ptr<Asker>> askers;

  static std::unique_ptr<Asker> MakeDoor(const std::string& name, bool isFirst);
  void Loop();
  DWORD Timeout() const;
  void TakeDoor();
  void Accept();
  bool Serve(Asker& asker);
  void Answer(const Asker& asker, const std::string& text);

 protected:
  int64_t Now() const override { return windows::NowMs(); }
  int64_t LoopCpu() const override;
  int Pid() const override { return static_cast<int>(GetCurrentProcessId()); }
  void End(const char* line, size_t bytes) override;
};

std::unique_ptr<Watchdog> Watchdog::Start(WatchdogOptions options, std::string* error) {
  const auto fail = [error](const char* what) {
    *error = std::string(what) + ": " + windows::LastMessage();
    return nullptr;
  };
  if (!OpenWake()) return fail("no event");
  auto state = std::make_shared<State>(std::move(options));
  state->askers.reserve(kMostAskers);
  state->SkipSignals(signals.load(std::memory_order_relaxed));
  HANDLE own = nullptr;
  if (!DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &own, THREAD_QUERY_LIMITED_INFORMATION,
                       FALSE, 0)) {
    return fail("no handle");
  }
  state->loopThread = Handle(own);
  auto* given = new std::shared_ptr<State>(state);
  const auto run = [](void* it) -> DWORD {
    Run(it);
    return 0;
  };
  state->thread = Handle(CreateThread(nullptr, kStackBytes, run, given, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr));
  if (!state->thread) {
    delete given;
    return fail("no thread");
  }
  SetConsoleCtrlHandler(OnControl, TRUE);
  return std::unique_ptr<Watchdog>(new Watchdog(std::move(state)));
}

Watchdog::Watchdog(std::shared_ptr<State> state) : state_(std::move(state)) {}

Watchdog::~Watchdog() {
  SetConsoleCtrlHandler(OnControl, FALSE);
  state_->stopping = true;
  SetEvent(wake);
  WaitForSingleObject(state_->thread.get(), INFINITE);
}

bool Watchdog::Listen(const std::string& path) {
  if (!windows::IsPipeName(path)) return false;
  const std::lock_guard<std::mutex> lock(state_->mutex);
  // Only a name that nobody has is taken, unless we are who has it.
  std::unique_ptr<Asker> door = State::MakeDoor(path, path != state_->newName);
  if (door == nullptr) return false;
  state_->newDoor = std::move(door);
  state_->newName = path;
  SetEvent(wake);
  return true;
}

void Watchdog::Turned() {
  state_->NoteTurned();
  SetEvent(wake);
}

void Watchdog::Leaving(int withinMs) {
  state_->NoteLeaving(withinMs);
  SetEvent(wake);
}

void* Watchdog::Run(void* given) {
  const std::unique_ptr<std::shared_ptr<State>> state(static_cast<std::shared_ptr<State>*>(given));
  (*state)->Loop();
  return nullptr;
}

// Null: somebody else has the name, or it cannot be had.
std::unique_ptr<Asker> Watchdog::State::MakeDoor(const std::string& name, bool isFirst) {
  windows::PrivateRights rights;
  if (rights.get() == nullptr) return nullptr;
  const DWORD first = isFirst ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0;
  Handle pipe(CreateNamedPipeW(windows::Wide(name).c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first,
                               PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                               static_cast<DWORD>(kMostAskers) + 1, kPipeBytes, kPipeBytes, 0, rights.get()));
  Handle event(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!pipe || !event) return nullptr;
  auto door = std::make_unique<Asker>(pipe.Release(), event.Release());
  if (ConnectNamedPipe(door->pipe.get(), &door->overlapped)) return door;
  switch (GetLastError()) {
    case ERROR_IO_PENDING:
      door->underWay = true;
      return door;
    case ERROR_PIPE_CONNECTED:
      SetEvent(door->event.get());
      return door;
    default:
      return nullptr;
  }
}

// No exception leaves it: one that left a thread would end the process.
void Watchdog::State::Loop() {
  while (!stopping) {
    TakeDoor();
    HeedSignals(signals.load(std::memory_order_relaxed));
    CheckLoop();
    HANDLE events[kMostAskers + 2] = {wake};
    DWORD count = 1;
    if (door != nullptr && askers.size() < kMostAskers) events[count++] = door->event.get();
    for (const auto& asker : askers) {
      if (asker->answerAt == 0) events[count++] = asker->event.get();
    }
    if (WaitForMultipleObjects(count, events, FALSE, Timeout()) == WAIT_FAILED) return;
    CheckLoop();
    const auto left = std::remove_if(askers.begin(), askers.end(), [this](const std::unique_ptr<Asker>& asker) {
      try {
        return !Serve(*asker);
      } catch (...) {  // its end tells whoever asked
        return true;
      }
    });
    askers.erase(left, askers.end());
    try {
      Accept();
    } catch (...) {
      door.reset();
    }
  }
  askers.clear();
  door.reset();
}

DWORD Watchdog::State::Timeout() const {
  const int64_t now = Now();
  int64_t timeout = LoopWatch::Timeout(now);
  for (const auto& asker : askers) {
    const int64_t time = asker->answerAt > 0 ? asker->answerAt : asker->until;
    const int64_t left = std::max<int64_t>(0, time - now);
    timeout = timeout < 0 ? left : std::min(timeout, left);
  }
  return timeout < 0 ? INFINITE : static_cast<DWORD>(std::min<int64_t>(timeout, 3'600'000));
}

void Watchdog::State::TakeDoor() {
  const std::lock_guard<std::mutex> lock(mutex);
  if (newDoor == nullptr) return;
  door = std::move(newDoor);
  name = newName;
}

void Watchdog::State::Accept() {
  while (!name.empty() && askers.size() < kMostAskers) {
    // There was no room for the next one, or no memory.
    if (door == nullptr) door = MakeDoor(name, false);
    if (door == nullptr) return;
    DWORD count = 0;
    const bool isConnected = WaitForSingleObject(door->event.get(), 0) == WAIT_OBJECT_0 || !door->underWay;
    if (!isConnected) return;
    const bool failed = ProgressOf(*door, &count) == Progress::kEnd;
    std::unique_ptr<Asker> asker = std::move(door);
    // The next one before this one may go: a name that nobody holds could become another's.
    door = MakeDoor(name, false);
    if (failed || !BeginReading(*asker)) continue;
    asker->until = Now() + kAskMs;
    askers.push_back(std::move(asker));
  }
}

// False: it is done with.
bool Watchdog::State::Serve(Asker& asker) {
  if (asker.answerAt > 0) {
    if (!IsAnswered() && Now() < asker.answerAt) return true;
    Answer(asker, Vitals());
    return false;
  }
  DWORD count = 0;
  switch (ProgressOf(asker, &count)) {
    case Progress::kNone:
      return Now() < asker.until;
    case Progress::kEnd:
      return false;
    case Progress::kSome:
      break;
  }
  asker.said.append(asker.bytes, count);
  if (asker.said.find('\n') == std::string::npos) {
    return asker.said.size() < kMostAsk && BeginReading(asker);
  }
  std::string text;
  switch (Ask(asker.said, &text, &asker.answerAt)) {
    case Reply::kNone:
      return false;
    case Reply::kText:
      Answer(asker, text);
      return false;
    case Reply::kVitals:
      break;
  }
  return true;
}

// The answer is short enough for the pipe's buffer, and is read from there when this end is closed.
void Watchdog::State::Answer(const Asker& asker, const std::string& text) {
  Handle event(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!event) return;
  OVERLAPPED overlapped{};
  overlapped.hEvent = event.get();
  DWORD count = 0;
  const BOOL done = WriteFile(asker.pipe.get(), text.data(), static_cast<DWORD>(text.size()), &count, &overlapped);
  if (done || GetLastError() != ERROR_IO_PENDING) return;
  if (WaitForSingleObject(event.get(), kAskMs) != WAIT_OBJECT_0) CancelIoEx(asker.pipe.get(), &overlapped);
  GetOverlappedResult(asker.pipe.get(), &overlapped, &count, TRUE);
}

int64_t Watchdog::State::LoopCpu() const {
  FILETIME created;
  FILETIME ended;
  FILETIME kernel;
  FILETIME user;
  if (!GetThreadTimes(loopThread.get(), &created, &ended, &kernel, &user)) return 0;
  return (windows::Number(kernel) + windows::Number(user)) / 10000;
}

void Watchdog::State::End(const char* line, size_t bytes) {
  const Handle log(CreateFileW(windows::WidePath(options_.logPath).c_str(), FILE_APPEND_DATA,
                               FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                               FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  const HANDLE to = log ? log.get() : GetStdHandle(STD_ERROR_HANDLE);
  DWORD count = 0;
  // It ends whether or not anybody hears of it.
  WriteFile(to, line, static_cast<DWORD>(bytes), &count, nullptr);
  TerminateProcess(GetCurrentProcess(), 1);
}

}  // namespace haypile
