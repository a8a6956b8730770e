#include "bridge/starter.h"

#include <utility>

#include "bridge/system.h"

namespace haypile::bridge {
namespace {

constexpr int kMostStarts = 3;

}  // namespace

StartCommand FindCommand(const std::string& node, const std::string& script) {
  StartCommand command;
  command.node = node.empty() ? Variable("HAYPILE_NODE") : node;
  if (command.node.empty()) command.node = "node";
  command.script = script.empty() ? Variable("HAYPILE_SCRIPT") : script;
  if (command.script.empty()) {
    // In a clone this is prebuilds/<platform>/, installed node_modules/@haypile/native/prebuilds/<platform>/.
    const std::string folder = OwnFolder();
    for (const char* place : {"../../../../haypile/bin/haypile.cjs", "../../bin/haypile.cjs"}) {
      const std::string path = ResolvePath(place, folder);
      if (IsFile(path)) {
        command.script = path;
        break;
      }
    }
  }
  return command;
}

void Starter::Done() {
  LetGo();
  starts_ = 0;
  started_ = Owner();
  running_ = false;
  error_.clear();
}

bool Starter::Try() {
  switch (TakeLock()) {
    case Lock::kFailed:
      return false;
    case Lock::kAnothers:
      return true;
    case Lock::kOurs:
      break;
  }
  if (running_ && !Gone()) return true;
  if (!error_.empty()) return false;
  if (starts_ == kMostStarts) {
    error_ = "The daemon ended while it was starting. See " + endpoint_.logs + ".";
    return false;
  }
  ++starts_;
  if (command_.script.empty()) {
    error_ = "The package haypile was not found beside this program. Name bin/haypile.cjs with --script.";
    return false;
  }
  return Spawn();
}

bool Starter::Gone() {
  // A process that becomes another program under the same number closes its end, and is there.
  if (!MayBeGone() || IsThere(started_)) return false;
  started_ = Owner();
  running_ = false;
  return true;
}

}  // namespace haypile::bridge
