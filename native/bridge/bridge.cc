#include "bridge/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include <algorithm>
#include <utility>

namespace haypile::bridge {
namespace {

// A little less than the daemon takes in one message; and what it may answer.
constexpr size_t kMostFromClient = 10'000'000;
constexpr size_t kMostFromDaemon = 32u << 20;
// With this much waiting to be written, nothing more is read for it.
constexpr size_t kFull = 256u << 10;
constexpr size_t kChunk = 64u << 10;
// What a pipe that is writable takes without blocking.
constexpr size_t kPipeBytes = 4096;
// Between two looks for a socket, and at the parent where it cannot be waited for.
constexpr int kSeekMs = 5;
constexpr int kParentMs = 500;
// After the end of input, answers in flight may still come so long.
constexpr int kLastMs = 700;

constexpr const char* kDied =
    "The Haypile daemon ended while this request was in flight, so it may or may not have been carried "
    "out. A new daemon starts with the next request: try again.";

int64_t NowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

std::string Quoted(const std::string& text) {
  if (text.empty()) return "null";
  std::string result = "\"";
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') {
      result += '\\';
      result += byte;
    } else if (code < 0x20 || code == 0x7f) {
      char escape[8];
      snprintf(escape, sizeof escape, "\\u%04x", code);
      result += escape;
    } else {
      result += byte;
    }
  }
  return result + '"';
}

void Say(const std::string& text) {
  const std::string line = "haypile-bridge: " + text + "\n";
  if (write(2, line.data(), line.size()) < 0) return;
}

}  // namespace

Bridge::Bridge(const Endpoint& endpoint, BridgeOptions options, StartCommand command)
    : endpoint_(endpoint),
      options_(std::move(options)),
      starter_(endpoint_, std::move(command)),
      fromClient_(kMostFromClient),
      fromDaemon_(kMostFromDaemon),
      parent_(getppid()) {
#if defined(__linux__) && defined(SYS_pidfd_open)
  parentFile_ = static_cast<int>(syscall(SYS_pidfd_open, parent_, 0));
#endif
}

Bridge::~Bridge() {
  if (socket_ >= 0) close(socket_);
  if (parentFile_ >= 0) close(parentFile_);
}

int Bridge::Run() {
  way_ = Way::kSeeking;
  seekingSince_ = NowMs();
  while (true) {
    if (way_ == Way::kSeeking) Seek();
    TakeFromDaemon();
    TakeFromClient();
    if (Finished()) break;
    const int code = PollOnce();
    if (code >= 0) return code;
  }
  return 0;
}

void Bridge::Seek() {
  const std::string wrong = SecureFolder(endpoint_.folder);
  if (!wrong.empty()) return Refused(wrong);
  if (Connect()) {
    starter_.Done();
    return Greet();
  }
  if (NowMs() - seekingSince_ > options_.startMs) {
    return Refused("The daemon did not answer in time. See " + endpoint_.dataFolder + "/logs.");
  }
  if (!starter_.Try()) Refused(starter_.error());
}

bool Bridge::Connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint_.socket.size() >= sizeof address.sun_path) return false;
  memcpy(address.sun_path, endpoint_.socket.c_str(), endpoint_.socket.size() + 1);
  const int file = socket(AF_UNIX, SOCK_STREAM, 0);
  if (file < 0) return false;
  fcntl(file, F_SETFD, FD_CLOEXEC);
  fcntl(file, F_SETFL, O_NONBLOCK);
  if (connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(file);
    return false;
  }
  socket_ = file;
  return true;
}

void Bridge::Greet() {
  fromDaemon_.Clear();
  toDaemon_.Clear();
  toDaemon_.Add("{\"haypile\":1,\"face\":" + Quoted(options_.face) +
              ",\"version\":" + Quoted(options_.version) + ",\"pid\":" + std::to_string(getpid()) +
              ",\"root\":" + Quoted(options_.root) + ",\"client\":" + Quoted(options_.client) +
              (acceptAny_ ? ",\"any\":true}\n" : "}\n"));
  way_ = Way::kGreeting;
}

void Bridge::Opened() {
  acceptAny_ = false;
  const std::string words = session_.Introduction();
  toDaemon_.Add(words);
  way_ = words.empty() ? Way::kOpen : Way::kIntroducing;
}

void Bridge::Lost(const char* message) {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
  const bool early = way_ == Way::kGreeting || way_ == Way::kIntroducing;
  way_ = Way::kNone;
  toDaemon_.Clear();
  fromDaemon_.Clear();
  Answer(session_.Fail(message));
  // Nothing of the client's was sent yet, or its `initialize` waits: somebody else may take it.
  if (early || session_.outstanding() > 0) {
    way_ = Way::kSeeking;
    if (!early) seekingSince_ = NowMs();
  }
}

void Bridge::Refused(const std::string& why) {
  Say(why);
  starter_.Done();
  way_ = Way::kNone;
  acceptAny_ = false;
  Answer(session_.Fail("The Haypile daemon could not be started; see this server's stderr."));
  // A client that waits for this must not wait for ever; the next message tries again.
  while (fromClient_.HasLine()) {
    const Line line = fromClient_.Take();
    if (line.scan.kind() != MessageScan::Kind::kRequest) continue;
    Answer(ErrorLine(line.scan.id(), -32603,
                     "The Haypile daemon could not be started; see this server's stderr."));
  }
}

void Bridge::TakeControl(const Line& line) {
  if (line.text.find("\"leaving\":true") != std::string::npos) {
    if (way_ == Way::kGreeting) {
      // It leaves for our sake, or anyway: wait for the next one.
      acceptAny_ = true;
      Lost("");
    } else {
      way_ = Way::kLeaving;
    }
  } else if (line.text.find("\"refused\":") != std::string::npos) {
    Say("the daemon refused: " + line.text.substr(0, line.text.size() - 1));
    Lost("The Haypile daemon has too many clients. Close some, then try again.");
    Refused("no connection");
  } else if (way_ == Way::kGreeting) {
    Opened();
  }
}

void Bridge::TakeFromDaemon() {
  while (fromDaemon_.HasLine() && toClient_.size() < kFull) {
    const Line line = fromDaemon_.Take();
    if (line.scan.control() && line.text.size() < kPipeBytes) {
      TakeControl(line);
      if (way_ == Way::kSeeking || way_ == Way::kNone) return;
    } else if (line.tooLong) {
      session_.Received(line);
      Answer(ErrorLine(line.scan.id(), -32603, "The answer was longer than 32 MB. Ask for less."));
    } else if (!line.scan.whole()) {
      Say("the daemon sent a line that is no message; it was left out");
    } else if (session_.Received(line) == Session::Pass::kForward) {
      Answer(line.text);
    }
    if (way_ == Way::kIntroducing && !session_.introducing()) {
      toDaemon_.Add(session_.initialized());
      way_ = Way::kOpen;
    }
  }
  if (way_ == Way::kLeaving && session_.outstanding() == 0 && toDaemon_.empty()) {
    // All that was asked is answered: no request can be lost now.
    close(socket_);
    socket_ = -1;
    fromDaemon_.Clear();
    way_ = Way::kNone;
  }
}

void Bridge::TakeFromClient() {
  while (fromClient_.HasLine()) {
    if (way_ == Way::kNone) {
      way_ = Way::kSeeking;
      seekingSince_ = NowMs();
    }
    if (way_ != Way::kOpen || toDaemon_.size() >= kFull) return;
    const Line line = fromClient_.Take();
    if (line.tooLong) {
      Answer(ErrorLine(line.scan.id(), -32600, "The message was longer than 10 MB. Send less."));
      continue;
    }
    session_.Sent(line);
    toDaemon_.Add(line.text);
  }
}

bool Bridge::Finished() {
  if (!clientEnded_) return false;
  const bool idle = !fromClient_.HasLine() && toDaemon_.empty() && session_.outstanding() == 0;
  if (idle && toClient_.empty()) return true;
  return NowMs() >= endsAt_;
}

int Bridge::Timeout() const {
  int timeout = -1;
  const auto atMost = [&timeout](int ms) { timeout = timeout < 0 ? ms : std::min(timeout, ms); };
  if (way_ == Way::kSeeking) atMost(kSeekMs);
  if (parentFile_ < 0) atMost(kParentMs);
  if (clientEnded_) atMost(static_cast<int>(std::max<int64_t>(0, endsAt_ - NowMs())));
  return timeout;
}

int Bridge::PollOnce() {
  const bool wantsClient = !clientEnded_ && !fromClient_.HasLine();
  const bool wantsDaemon = socket_ >= 0 && toClient_.size() < kFull;
  pollfd files[4] = {
      {wantsClient ? 0 : -1, POLLIN, 0},
      // Without events its end is told all the same.
      {toClient_.empty() ? (clientEnded_ ? -1 : 1) : 1,
       static_cast<short>(toClient_.empty() ? 0 : POLLOUT), 0},
      {socket_, static_cast<short>((wantsDaemon ? POLLIN : 0) | (toDaemon_.empty() ? 0 : POLLOUT)), 0},
      {parentFile_, POLLIN, 0},
  };
  if (socket_ >= 0 && files[2].events == 0) files[2].fd = -1;
  if (poll(files, 4, Timeout()) < 0) return errno == EINTR ? -1 : 1;
  if (files[3].revents != 0 || getppid() != parent_) return 0;
  if ((files[1].revents & POLLOUT) != 0) {
    if (!WriteClient()) return 0;
  } else if ((files[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
    return 0;  // nobody reads our answers
  }
  if (files[0].revents != 0) ReadClient();
  if ((files[2].revents & POLLOUT) != 0) WriteDaemon();
  if (socket_ >= 0 && (files[2].revents & (POLLIN | POLLHUP | POLLERR)) != 0) ReadDaemon();
  return -1;
}

void Bridge::ReadClient() {
  char bytes[kChunk];
  const ssize_t count = read(0, bytes, sizeof bytes);
  if (count > 0) return fromClient_.Append(bytes, static_cast<size_t>(count));
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  clientEnded_ = true;
  endsAt_ = NowMs() + kLastMs;
}

void Bridge::ReadDaemon() {
  char bytes[kChunk];
  const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
  if (count > 0) return fromDaemon_.Append(bytes, static_cast<size_t>(count));
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  // What it said before its end counts first.
  TakeFromDaemon();
  if (socket_ >= 0) Lost(kDied);
}

bool Bridge::WriteClient() {
  const size_t most = std::min(toClient_.size(), kPipeBytes);
  const ssize_t count = write(1, toClient_.data(), most);
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  toClient_.Written(static_cast<size_t>(count));
  return true;
}

void Bridge::WriteDaemon() {
#ifdef MSG_NOSIGNAL
  const int flags = MSG_NOSIGNAL;
#else
  const int flags = 0;
#endif
  const ssize_t count = send(socket_, toDaemon_.data(), toDaemon_.size(), flags);
  if (count > 0) toDaemon_.Written(static_cast<size_t>(count));
  // A failure shows when it is read, with what the daemon said last.
}

}  // namespace haypile::bridge
