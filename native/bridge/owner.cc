#include "bridge/owner.h"

#include "bridge/endpoint.h"
#include "bridge/json_fields.h"

namespace haypile::bridge {
namespace {

std::string Address(const Fields& fields, const char* name) {
  const std::string address = fields.String(name);
  return IsAddress(address) ? address : "";
}

}  // namespace

Owner ReadOwner(const std::string& path) {
  Owner owner;
  std::string text;
  Fields fields;
  if (!ReadNote(path, &text) || !ReadFields(text, &fields)) return owner;
  const long long pid = fields.Number("pid");
  if (pid <= 1 || pid > INT32_MAX) return owner;
  owner.pid = static_cast<pid_t>(pid);
  owner.startTime = fields.String("startTime");
  owner.socket = Address(fields, "socket");
  owner.control = Address(fields, "control");
  return owner;
}

bool IsThere(const Owner& owner) {
  if (owner.pid == 0 || !IsProcess(owner.pid)) return false;
  const ProcessState state = StateOf(owner.pid);
  if (!state.known) return true;
  return !state.ended && (owner.startTime.empty() || state.startTime == owner.startTime);
}

bool IsDaemon(const Owner& owner, const std::string& lock) {
  return IsThere(owner) && MayHold(owner.pid, lock);
}

}  // namespace haypile::bridge
