#include "bridge/session.h"

#include <stdio.h>

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
    std::vector<std::string>& list =
        line.scan.method() == "subscriptions/listen" ? endless_ : outstanding_;
    if (list.size() == kMostOutstanding) list.erase(list.begin());
    list.push_back(line.scan.id());
  } else if (line.scan.kind() == Kind::kNotification) {
    if (line.scan.method() == "notifications/initialized") initialized_ = line.text;
    if (line.scan.method() == "notifications/cancelled") Forget(line.scan.requestId());
  } else if (line.scan.kind() == Kind::kOther) {
    ++unnamed_;
  }
}

void Session::Forget(const std::string& id) {
  // The answer to this one is awaited whatever the client says: the next messages depend on it.
  if (id.empty() || id == initializeId_) return;
  for (std::vector<std::string>* list : {&outstanding_, &endless_}) {
    const auto found = std::find(list->begin(), list->end(), id);
    if (found != list->end()) list->erase(found);
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
  for (std::vector<std::string>* list : {&outstanding_, &endless_}) {
    const auto found = std::find(list->begin(), list->end(), id);
    if (found != list->end()) list->erase(found);
  }
  return Pass::kForward;
}

std::string Session::Introduction() {
  introducing_ = !initialize_.empty();
  return initialize_;
}

std::string Session::Fail(const std::string& message, bool again) {
  std::string lines;
  std::vector<std::string> kept;
  for (const std::string& id : outstanding_) {
    if (again && !introduced_ && id == initializeId_) {
      kept.push_back(id);
    } else {
      lines += ErrorLine(id, -32603, message);
    }
  }
  outstanding_.swap(kept);
  introducing_ = false;
  return lines + FailEndless(message);
}

std::string Session::FailEndless(const std::string& message) {
  std::string lines;
  for (const std::string& id : endless_) lines += ErrorLine(id, -32603, message);
  endless_.clear();
  return lines;
}

std::string ErrorLine(const std::string& id, int code, const std::string& message) {
  std::string line = "{\"jsonrpc\":\"2.0\",\"id\":";
  line += id.empty() ? "null" : id;
  line += ",\"error\":{\"code\":";
  line += std::to_string(code);
  line += ",\"message\":";
  line += Quoted(message);
  line += "}}\n";
  return line;
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

}  // namespace haypile::bridge
