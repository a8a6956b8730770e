#include "bridge/session.h"

#include <algorithm>

namespace haypile::bridge {
namespace {

// A client with more than this many requests in flight is none; the oldest are forgotten.
constexpr size_t kMostOutstanding = 4096;

}  // namespace

void Session::Sent(const Line& line) {
  using Kind = MessageScan::Kind;
  if (line.scan.kind() == Kind::kRequest) {
    if (line.scan.method() == "initialize") {
      initialize_ = line.text;
      initializeId_ = line.scan.id();
      introduced_ = false;
    }
    if (outstanding_.size() == kMostOutstanding) outstanding_.erase(outstanding_.begin());
    outstanding_.push_back(line.scan.id());
  } else if (line.scan.kind() == Kind::kNotification &&
             line.scan.method() == "notifications/initialized") {
    initialized_ = line.text;
  }
}

Session::Pass Session::Received(const Line& line) {
  if (line.scan.kind() != MessageScan::Kind::kAnswer) return Pass::kForward;
  const std::string& id = line.scan.id();
  const bool introduces = !initialize_.empty() && id == initializeId_;
  if (introduces && introducing_) {
    introducing_ = false;
    if (introduced_) return Pass::kSwallow;
  }
  if (introduces) introduced_ = true;
  const auto found = std::find(outstanding_.begin(), outstanding_.end(), id);
  if (found != outstanding_.end()) outstanding_.erase(found);
  return Pass::kForward;
}

std::string Session::Introduction() {
  introducing_ = !initialize_.empty();
  return initialize_;
}

std::string Session::Fail(const char* message) {
  std::string lines;
  std::vector<std::string> kept;
  for (const std::string& id : outstanding_) {
    if (!introduced_ && id == initializeId_) {
      kept.push_back(id);
    } else {
      lines += ErrorLine(id, -32603, message);
    }
  }
  outstanding_.swap(kept);
  introducing_ = false;
  return lines;
}

std::string ErrorLine(const std::string& id, int code, const char* message) {
  std::string line = "{\"jsonrpc\":\"2.0\",\"id\":";
  line += id.empty() ? "null" : id;
  line += ",\"error\":{\"code\":";
  line += std::to_string(code);
  line += ",\"message\":\"";
  line += message;  // our own words: nothing in them needs an escape
  line += "\"}}\n";
  return line;
}

}  // namespace haypile::bridge
