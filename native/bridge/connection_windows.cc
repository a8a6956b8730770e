#include "bridge/connection_windows.h"

#include <algorithm>
#include <cstring>

#include "windows/security.h"

namespace haypile::bridge {
namespace {

constexpr size_t kChunk = 64u << 10;

// True: it is not under way any more, and `count` says how far it came.
bool IsDone(HANDLE pipe, Transfer* transfer, DWORD* count) {
  if (GetOverlappedResult(pipe, &transfer->overlapped, count, FALSE)) {
    transfer->underWay = false;
    return true;
  }
  if (GetLastError() == ERROR_IO_INCOMPLETE) return false;
  transfer->underWay = false;
  transfer->ended = true;
  *count = 0;
  return true;
}

}  // namespace

Transfer::Transfer() : event(CreateEventW(nullptr, TRUE, FALSE, nullptr)) {
  overlapped.hEvent = event.get();
}

// Nothing may be written into the buffers once they are gone.
Connection::System::~System() {
  for (Transfer* transfer : {&in, &out}) {
    if (!transfer->underWay) continue;
    DWORD count = 0;
    CancelIoEx(pipe.get(), &transfer->overlapped);
    GetOverlappedResult(pipe.get(), &transfer->overlapped, &count, TRUE);
  }
}

void Connection::System::StartReading() {
  if (in.underWay || in.ended || inTaken < inCount) return;
  in.bytes.resize(kChunk);
  inCount = 0;
  inTaken = 0;
  ResetEvent(in.event.get());
  DWORD count = 0;
  const BOOL done = ReadFile(pipe.get(), in.bytes.data(), static_cast<DWORD>(in.bytes.size()), &count, &in.overlapped);
  if (done || GetLastError() == ERROR_IO_PENDING) {
    in.underWay = true;
  } else {
    in.ended = true;
  }
}

bool Connection::System::HasRead() {
  if (in.underWay) {
    DWORD count = 0;
    if (!IsDone(pipe.get(), &in, &count)) return false;
    inCount = count;
  }
  return in.ended || inTaken < inCount;
}

bool Connection::System::HasWritten() {
  if (!out.underWay) return true;
  DWORD count = 0;
  // A pipe takes all of it, or breaks.
  return IsDone(pipe.get(), &out, &count);
}

Connection::Connection() = default;
Connection::~Connection() = default;

Connection::Door Connection::Open(const std::string& address) {
  Close();
  if (!windows::IsPipeName(address)) return Door::kNobody;
  // Whoever listens may learn who we are, and not act as us.
  const HANDLE pipe = CreateFileW(windows::Wide(address).c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                                  FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr);
  if (pipe == INVALID_HANDLE_VALUE) {
    const DWORD reason = GetLastError();
    if (reason == ERROR_PIPE_BUSY) return Door::kFull;
    if (reason != ERROR_ACCESS_DENIED) return Door::kNobody;
    error_ = "The pipe " + address + " is another user's. Remove run\\daemon.json from the data folder, then try again.";
    return Door::kBroken;
  }
  windows::Handle held(pipe);
  if (!windows::IsOurs(pipe)) {
    error_ = "Expected the pipe " + address +
             " to be this user's, but another listens there. Remove run\\daemon.json from the data folder, then try again.";
    return Door::kBroken;
  }
  system_.reset(new System(held.Release()));
  if (system_->in.event && system_->out.event) return Door::kOpen;
  Close();
  error_ = "Could not make an event: " + windows::LastMessage() + ".";
  return Door::kBroken;
}

void Connection::Close() { system_.reset(); }

long Connection::Receive(char* to, size_t room) {
  if (!isOpen()) return -1;
  if (!system_->HasRead()) {
    system_->StartReading();
    if (!system_->HasRead()) return 0;
  }
  const size_t count = std::min(room, system_->inCount - system_->inTaken);
  if (count == 0) return system_->in.ended ? -1 : 0;
  memcpy(to, system_->in.bytes.data() + system_->inTaken, count);
  system_->inTaken += count;
  return static_cast<long>(count);
}

long Connection::Send(const char* from, size_t count) {
  if (!isOpen() || system_->out.ended) return -1;
  if (!system_->HasWritten()) return 0;
  Transfer& out = system_->out;
  if (out.ended) return -1;
  const size_t taken = std::min(count, kChunk);
  out.bytes.assign(from, from + taken);
  ResetEvent(out.event.get());
  DWORD written = 0;
  const BOOL done = WriteFile(system_->pipe.get(), out.bytes.data(), static_cast<DWORD>(taken), &written, &out.overlapped);
  if (!done && GetLastError() != ERROR_IO_PENDING) {
    out.ended = true;
    return -1;
  }
  out.underWay = true;
  return static_cast<long>(taken);
}

bool Connection::isSending() const { return isOpen() && !system_->HasWritten(); }

// A pipe ends both ways at once.
bool Connection::EndSending() { return false; }

}  // namespace haypile::bridge
