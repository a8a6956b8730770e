#include "bridge/bridge.h"

#include <algorithm>
#include <utility>

#include "bridge/system.h"

namespace haypile::bridge {
namespace {

// A little less than the daemon takes in one message; and what it may answer.
constexpr size_t kMostFromClient = 10'000'000;
constexpr size_t kMostFromDaemon = 32u << 20;
// With this much waiting to be written, nothing more is read for it.
constexpr size_t kFull = 256u << 10;
constexpr size_t kChunk = 64u << 10;
// A line of the daemon's own is no longer.
constexpr size_t kMostControl = 4096;
// Between two looks at the parent where it cannot be waited for.
constexpr int kParentMs = 500;

constexpr const char* kDied =
    "The Haypile daemon ended while this request was in flight, so it may or may not have been carried "
    "out. A new daemon starts with the next request: try again.";

constexpr const char* kReplaced =
    "The Haypile daemon goes, and with it this subscription. Another one is there: subscribe again.";

void Say(const std::string& text) {
  const std::string line = "haypile-bridge: " + text + "\n";
  Streams::Say(line.data(), line.size());
}

}  // namespace

Bridge::Bridge(const Endpoint& endpoint, BridgeOptions options, StartCommand command)
    : endpoint_(endpoint),
      options_(std::move(options)),
      starter_(endpoint_, std::move(command)),
      fromClient_(kMostFromClient),
      fromDaemon_(kMostFromDaemon),
      streams_(options_.parent) {}

int Bridge::Run() {
  StartSeeking();
  while (true) {
    const int64_t now = NowMs();
    if (way_ == Way::kSeeking) {
      Seek(now);
    } else {
      Mind(now);
    }
    TakeFromDaemon();
    TakeFromClient();
    if (Finished()) break;
    const int code = PollOnce();
    if (code >= 0) return code;
  }
  return failed_ ? 1 : 0;
}

void Bridge::Lost(const std::string& message) {
  socket_.Close();
  pulse_.Rest();
  const bool early = way_ == Way::kGreeting || way_ == Way::kIntroducing;
  way_ = Way::kNone;
  toDaemon_.Clear();
  fromDaemon_.Clear();
  if (closing_) return;
  Fail(session_.Fail(message, true));
  // Nothing of the client's was sent yet, or its `initialize` waits: somebody else may take it.
  if (early || session_.outstanding() > 0) {
    const int64_t since = seekingSince_;
    StartSeeking();
    if (early) seekingSince_ = since;
  }
}

void Bridge::Refused(std::string why, const std::string& told) {
  const std::string message = told;
  // A client that asks again and again need not hear it again and again.
  if (why != lastSaid_) Say(why);
  lastSaid_ = why;
  socket_.Close();
  starter_.Done();
  pulse_.Rest();
  way_ = Way::kNone;
  acceptAny_ = false;
  toDaemon_.Clear();
  fromDaemon_.Clear();
  Fail(session_.Fail(message, false));
  // A client that waits for this must not wait for ever; the next message tries again.
  while (fromClient_.HasLine()) {
    const Line line = fromClient_.Take();
    if (line.scan.kind() != MessageScan::Kind::kRequest) continue;
    Fail(ErrorLine(line.scan.id(), -32603, message));
  }
}

void Bridge::Fail(const std::string& lines) {
  failed_ = failed_ || !lines.empty();
  Answer(lines);
}

void Bridge::TakeControl(const Line& line) {
  if (line.text.find("\"leaving\":true") != std::string::npos) {
    if (way_ == Way::kGreeting) {
      // It leaves for our sake, or anyway: wait for the next one.
      acceptAny_ = true;
      Lost(kDied);
    } else {
      way_ = Way::kLeaving;
    }
  } else if (line.text.find("\"refused\":") != std::string::npos) {
    Refused("the daemon refused: " + line.text.substr(0, line.text.size() - 1),
            "The Haypile daemon has too many clients. Close some, then try again.");
  } else if (way_ == Way::kGreeting) {
    Opened();
  }
}

void Bridge::TakeFromDaemon() {
  while (fromDaemon_.HasLine() && toClient_.size() < kFull) {
    const Line line = fromDaemon_.Take();
    if (line.scan.control() && line.text.size() < kMostControl) {
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
    // All that was asked is answered: no request can be lost now. A subscription never is: it ends here.
    Answer(session_.FailEndless(kReplaced));
    socket_.Close();
    fromDaemon_.Clear();
    way_ = Way::kNone;
  }
}

void Bridge::TakeFromClient() {
  while (fromClient_.HasLine()) {
    if (way_ == Way::kNone) StartSeeking();
    if (way_ != Way::kOpen || toDaemon_.size() >= kFull) return;
    const Line line = fromClient_.Take();
    if (line.tooLong) {
      Answer(ErrorLine(line.scan.id(), -32600, "The message was longer than 10 MB. Send less."));
      continue;
    }
    if (!Awaits()) heardAt_ = NowMs();
    // Whatever went wrong before, this one is asked in earnest.
    if (!clientEnded_ && line.scan.kind() == MessageScan::Kind::kRequest) failed_ = false;
    session_.Sent(line);
    toDaemon_.Add(line.text);
  }
}

bool Bridge::Finished() {
  if (!clientEnded_) return false;
  // What was read before the end is answered, for as long as the daemon is alive and gets on.
  if (fromClient_.HasLine() || session_.outstanding() > 0 || !toDaemon_.empty()) return false;
  if (!toClient_.empty() || streams_.isWriting() || socket_.isSending()) return false;
  if (session_.unnamed() == 0 || !socket_.isOpen()) return true;
  // Something without an id may be answered, too: the daemon closes when it has said all.
  if (!closing_) {
    closing_ = true;
    heardAt_ = NowMs();
    if (!socket_.EndSending()) return true;
  }
  return false;
}

int Bridge::Timeout(int64_t now) const {
  int64_t timeout = -1;
  const auto atMost = [&timeout](int64_t ms) {
    if (ms >= 0) timeout = timeout < 0 ? ms : std::min(timeout, ms);
  };
  if (way_ == Way::kSeeking) atMost(std::max<int64_t>(0, nextSeek_ - now));
  if (way_ != Way::kSeeking && Awaits() && !pulse_.watching()) {
    atMost(std::max<int64_t>(0, heardAt_ + QuietMs() - now));
  }
  atMost(pulse_.Timeout(now));
  if (!streams_.canWaitForParent()) atMost(kParentMs);
  return static_cast<int>(timeout);
}

int Bridge::PollOnce() {
  Wanted wanted;
  wanted.fromClient = !clientEnded_ && !fromClient_.HasLine();
  wanted.toClient = !toClient_.empty();
  wanted.fromDaemon = socket_.isOpen() && toClient_.size() < kFull;
  wanted.toDaemon = !toDaemon_.empty() || socket_.isSending();
  wanted.fromControl = pulse_.wantsToHear();
  wanted.toControl = pulse_.wantsToAsk();
  const Ready ready = streams_.Wait(wanted, socket_, pulse_.connection(), Timeout(NowMs()));
  if (ready.failed) return 1;
  if (ready.parentGone) return 0;
  if (ready.toClient) {
    if (!WriteClient()) return 0;
  } else if (ready.clientGone) {
    return 0;  // nobody reads our answers
  }
  if (ready.fromClient) ReadClient();
  if (ready.toDaemon) WriteDaemon();
  if (ready.fromDaemon && socket_.isOpen()) ReadDaemon();
  return -1;
}

void Bridge::ReadClient() {
  char bytes[kChunk];
  const long count = streams_.ReadClient(bytes, sizeof bytes);
  if (count > 0) return fromClient_.Append(bytes, static_cast<size_t>(count));
  if (count == 0) return;
  clientEnded_ = true;
  // The last line may have no end of its own.
  fromClient_.Append("\n", 1);
}

void Bridge::ReadDaemon() {
  char bytes[kChunk];
  const long count = socket_.Receive(bytes, sizeof bytes);
  if (count > 0) {
    heardAt_ = NowMs();
    pulse_.Rest();
    return fromDaemon_.Append(bytes, static_cast<size_t>(count));
  }
  if (count == 0) return;
  // What it said before its end counts first.
  TakeFromDaemon();
  if (socket_.isOpen()) Lost(kDied);
}

bool Bridge::WriteClient() {
  const size_t most = std::min(toClient_.size(), Streams::mostToClient());
  const long count = streams_.WriteClient(toClient_.data(), most);
  if (count > 0) toClient_.Written(static_cast<size_t>(count));
  return count >= 0;
}

void Bridge::WriteDaemon() {
  if (toDaemon_.empty()) return;
  const long count = socket_.Send(toDaemon_.data(), toDaemon_.size());
  if (count > 0) toDaemon_.Written(static_cast<size_t>(count));
  // A failure shows when it is read, with what the daemon said last.
}

}  // namespace haypile::bridge
