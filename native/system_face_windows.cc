#include "system_face.h"
#include "windows/holders.h"
#include "windows/lock.h"
#include "windows/pipe.h"
#include "windows/process.h"
#include "windows/security.h"

namespace haypile {
namespace {

std::string TextOf(const Napi::CallbackInfo& info) { return info[0].ToString().Utf8Value(); }

// An absolute path as a long one: relative ones are of the working folder.
std::string PathOf(const Napi::CallbackInfo& info) {
  return windows::ResolvePath(TextOf(info), windows::WorkingFolder());
}

Napi::Value IsOwnPipe(const Napi::CallbackInfo& info) {
  switch (windows::OwnerOfPipe(TextOf(info))) {
    case windows::PipeOwner::kNobody:
      return info.Env().Undefined();
    case windows::PipeOwner::kOurs:
      return Napi::Boolean::New(info.Env(), true);
    default:
      return Napi::Boolean::New(info.Env(), false);
  }
}

Napi::Value ClosePipe(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), windows::ClosePipeToOthers(TextOf(info)));
}

Napi::Value CloseToOthers(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), windows::ClosePath(PathOf(info)));
}

Napi::Value AccessOf(const Napi::CallbackInfo& info) {
  const windows::Access access = windows::AccessOf(PathOf(info));
  if (!access.isKnown) return info.Env().Undefined();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("isOurs", access.isOurs);
  result.Set("isOpenToOthers", access.isOpenToOthers);
  return result;
}

Napi::Value ProcessState(const Napi::CallbackInfo& info) {
  const int64_t pid = info[0].ToNumber().Int64Value();
  if (pid <= 0 || pid > UINT32_MAX) return info.Env().Undefined();
  const windows::ProcessFacts facts = windows::FactsOf(static_cast<DWORD>(pid));
  if (!facts.isKnown) return info.Env().Undefined();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("startTime", std::to_string(facts.startTime));
  result.Set("cpu", static_cast<double>(facts.cpu));
  result.Set("isEnded", facts.isEnded);
  return result;
}

Napi::Value IsLocked(const Napi::CallbackInfo& info) {
  const windows::Locked locked = windows::IsLocked(PathOf(info));
  if (locked == windows::Locked::kUnknown) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), locked == windows::Locked::kYes);
}

Napi::Value HoldersOf(const Napi::CallbackInfo& info) {
  const auto holders = windows::HoldersOf(PathOf(info));
  if (!holders) return info.Env().Undefined();
  Napi::Array result = Napi::Array::New(info.Env());
  for (const windows::Holder& holder : *holders) {
    Napi::Object one = Napi::Object::New(info.Env());
    one.Set("pid", static_cast<double>(holder.pid));
    one.Set("startTime", std::to_string(holder.startTime));
    result.Set(result.Length(), one);
  }
  return result;
}

}  // namespace

void DefineSystem(Napi::Env env, Napi::Object exports) {
  Napi::Object windows = Napi::Object::New(env);
  windows.Set("isOwnPipe", Napi::Function::New(env, IsOwnPipe, "isOwnPipe"));
  windows.Set("closePipe", Napi::Function::New(env, ClosePipe, "closePipe"));
  windows.Set("closeToOthers", Napi::Function::New(env, CloseToOthers, "closeToOthers"));
  windows.Set("accessOf", Napi::Function::New(env, AccessOf, "accessOf"));
  windows.Set("processState", Napi::Function::New(env, ProcessState, "processState"));
  windows.Set("isLocked", Napi::Function::New(env, IsLocked, "isLocked"));
  windows.Set("holdersOf", Napi::Function::New(env, HoldersOf, "holdersOf"));
  exports.Set("windows", windows);
}

}  // namespace haypile
