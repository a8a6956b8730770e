// stdin and stdout may be anything (a pipe of either kind, a file, a console), and of some of these nobody can ask
// whether a read would wait: each has a thread of its own that waits.
#include <algorithm>
#include <cstring>
#include <vector>

#include "bridge/connection_windows.h"
#include "bridge/streams.h"
#include "windows/process.h"

namespace haypile::bridge {
namespace {

using windows::Handle;

constexpr size_t kChunk = 64u << 10;
// Its stack holds nothing.
constexpr size_t kStackBytes = 64u << 10;

enum class Event { kOnce, kStays };

Handle MakeEvent(Event kind) { return Handle(CreateEventW(nullptr, kind == Event::kStays, FALSE, nullptr)); }

// One stream of the process and the thread that waits for it. Never destroyed: the thread may be in the middle
// of a call that nothing ends.
struct Stream {
  HANDLE file = nullptr;
  bool isInput = false;
  bool isPipe = false;
  // The thread may begin.
  Handle go = MakeEvent(Event::kOnce);
  // It is done: the buffer is the loop's again.
  Handle done = MakeEvent(Event::kStays);
  // Of the one whose turn it is.
  std::vector<char> bytes;
  DWORD count = 0;
  bool failed = false;
  // Of the loop alone.
  bool underWay = false;
  bool started = false;
  size_t taken = 0;

  // Waits. A pipe that was opened for overlapped use takes no call without such a record; any other ignores it.
  bool Transfer(char* at, DWORD wanted, DWORD* moved) {
    OVERLAPPED overlapped{};
    overlapped.hEvent = ownEvent.get();
    OVERLAPPED* const record = isPipe ? &overlapped : nullptr;
    const BOOL done = isInput ? ReadFile(file, at, wanted, moved, record) : WriteFile(file, at, wanted, moved, record);
    if (done) return true;
    return record != nullptr && GetLastError() == ERROR_IO_PENDING &&
           GetOverlappedResult(file, record, moved, TRUE) != 0;
  }

  void Work() {
    if (isInput) {
      failed = !Transfer(bytes.data(), static_cast<DWORD>(bytes.size()), &count) || count == 0;
      return;
    }
    for (DWORD at = 0; at < count && !failed;) {
      DWORD moved = 0;
      failed = !Transfer(bytes.data() + at, count - at, &moved) || moved == 0;
      at += moved;
    }
  }

  static DWORD WINAPI Run(void* given) {
    auto* stream = static_cast<Stream*>(given);
    while (WaitForSingleObject(stream->go.get(), INFINITE) == WAIT_OBJECT_0) {
      stream->Work();
      SetEvent(stream->done.get());
    }
    return 0;
  }

  void Start() {
    if (!started) {
      const Handle thread(CreateThread(nullptr, kStackBytes, Run, this, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr));
      failed = failed || !thread;
      started = true;
    }
    if (failed) return;
    underWay = true;
    ResetEvent(done.get());
    SetEvent(go.get());
  }

  bool isDone() const { return WaitForSingleObject(done.get(), 0) == WAIT_OBJECT_0; }

  // Of the thread.
  Handle ownEvent = MakeEvent(Event::kStays);
};

Stream* Open(DWORD which) {
  auto* stream = new Stream();
  const HANDLE file = GetStdHandle(which);
  stream->file = file;
  stream->isInput = which == STD_INPUT_HANDLE;
  stream->failed = file == nullptr || file == INVALID_HANDLE_VALUE;
  stream->isPipe = !stream->failed && GetFileType(file) == FILE_TYPE_PIPE;
  return stream;
}

}  // namespace

struct Streams::System {
  Handle parent;
  Stream* in = Open(STD_INPUT_HANDLE);
  Stream* out = Open(STD_OUTPUT_HANDLE);
};

Streams::Streams(int parent) : system_(new System()) {
  const DWORD pid = parent > 0 ? static_cast<DWORD>(parent) : windows::ParentOf(GetCurrentProcessId());
  // Where it may not be waited for, the end of stdin tells of its end.
  system_->parent = windows::OpenParent(pid);
}

Streams::~Streams() = default;

bool Streams::canWaitForParent() const { return true; }

Ready Streams::Wait(const Wanted& wanted, const Connection& daemon, const Connection& control, int timeoutMs) {
  Ready ready;
  HANDLE events[8];
  DWORD count = 0;
  DWORD timeout = timeoutMs < 0 ? INFINITE : static_cast<DWORD>(timeoutMs);
  const auto wait = [&](HANDLE event) { events[count++] = event; };
  const auto atOnce = [&](bool isReady) {
    if (isReady) timeout = 0;
  };
  if (system_->parent) wait(system_->parent.get());

  Stream& in = *system_->in;
  const auto hasInput = [&in] { return !in.underWay && (in.failed || in.taken < in.count); };
  if (wanted.fromClient && !in.underWay && !hasInput()) {
    in.bytes.resize(kChunk);
    in.count = 0;
    in.taken = 0;
    in.Start();
  }
  if (wanted.fromClient) {
    if (in.underWay) wait(in.done.get());
    atOnce(hasInput());
  }
  Stream& out = *system_->out;
  if (out.underWay) wait(out.done.get());
  atOnce(!out.underWay && (wanted.toClient || out.failed));

  const auto watch = [&](const Connection& one, bool reads, bool writes) {
    if (!one.isOpen()) return;
    Connection::System& pipe = *one.inside();
    if (reads) {
      pipe.StartReading();
      if (pipe.in.underWay) wait(pipe.in.event.get());
      atOnce(!pipe.in.underWay);
    }
    if (!writes) return;
    if (pipe.out.underWay) wait(pipe.out.event.get());
    atOnce(!pipe.out.underWay);
  };
  watch(daemon, wanted.fromDaemon, wanted.toDaemon);
  watch(control, wanted.fromControl, wanted.toControl);

  if (count == 0) {
    Sleep(timeout);
  } else if (WaitForMultipleObjects(count, events, FALSE, timeout) == WAIT_FAILED) {
    ready.failed = true;
    return ready;
  }
  const auto settle = [](Stream& stream) {
    if (stream.underWay && stream.isDone()) stream.underWay = false;
  };
  settle(in);
  settle(out);
  ready.parentGone = system_->parent && WaitForSingleObject(system_->parent.get(), 0) == WAIT_OBJECT_0;
  ready.fromClient = wanted.fromClient && hasInput();
  ready.clientGone = !out.underWay && out.failed;
  ready.toClient = wanted.toClient && !out.underWay && !out.failed;
  if (daemon.isOpen()) {
    ready.fromDaemon = wanted.fromDaemon && daemon.inside()->HasRead();
    ready.toDaemon = wanted.toDaemon && daemon.inside()->HasWritten();
  }
  return ready;
}

long Streams::ReadClient(char* to, size_t room) {
  Stream& in = *system_->in;
  if (in.underWay) return 0;
  if (in.failed && in.taken >= in.count) return -1;
  const size_t count = std::min(room, static_cast<size_t>(in.count) - in.taken);
  memcpy(to, in.bytes.data() + in.taken, count);
  in.taken += count;
  return static_cast<long>(count);
}

size_t Streams::mostToClient() { return kChunk; }

bool Streams::isWriting() const { return system_->out->underWay && !system_->out->isDone(); }

long Streams::WriteClient(const char* from, size_t count) {
  Stream& out = *system_->out;
  if (out.underWay) return 0;
  if (out.failed) return -1;
  out.bytes.assign(from, from + count);
  out.count = static_cast<DWORD>(count);
  out.Start();
  return out.failed ? -1 : static_cast<long>(count);
}

void Streams::Say(const char* text, size_t count) {
  DWORD written = 0;
  const HANDLE file = GetStdHandle(STD_ERROR_HANDLE);
  if (file != nullptr && file != INVALID_HANDLE_VALUE) WriteFile(file, text, static_cast<DWORD>(count), &written, nullptr);
}

}  // namespace haypile::bridge
