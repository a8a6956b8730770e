#include "host_face.h"

#include "allocator.h"
#include "host_info.h"

namespace haypile {
namespace {

Napi::Value HostInfoOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const HostInfo host = ReadHostInfo();
  Napi::Array features = Napi::Array::New(env, host.cpuFeatures.size());
  for (uint32_t i = 0; i < host.cpuFeatures.size(); ++i) features.Set(i, host.cpuFeatures[i]);
  Napi::Object cgroup = Napi::Object::New(env);
  cgroup.Set("version", host.cgroup.version);
  if (host.cgroup.memoryLimitBytes > 0) {
    cgroup.Set("memoryLimitBytes", static_cast<double>(host.cgroup.memoryLimitBytes));
  }
  if (host.cgroup.cpuQuota > 0) cgroup.Set("cpuQuota", host.cgroup.cpuQuota);
  Napi::Object result = Napi::Object::New(env);
  result.Set("architecture", host.architecture);
  result.Set("cpuModel", host.cpuModel);
  result.Set("cpuFeatures", features);
  result.Set("logicalCpus", host.logicalCpus);
  result.Set("usableCpus", host.usableCpus);
  result.Set("totalMemoryBytes", static_cast<double>(host.totalMemoryBytes));
  result.Set("cgroup", cgroup);
  return result;
}

Napi::Value MemoryUsageOf(const Napi::CallbackInfo& info) {
  const MemoryUsage usage = ReadMemoryUsage();
  const AllocatorUsage runtime = RuntimeAllocatorUsage();
  Napi::Object result = Napi::Object::New(info.Env());
  const auto set = [&](const char* name, uint64_t bytes) {
    result.Set(name, static_cast<double>(bytes));
  };
  set("rssBytes", usage.rssBytes);
  set("peakRssBytes", usage.peakRssBytes);
  set("anonBytes", usage.anonBytes);
  set("fileBytes", usage.fileBytes);
  set("runtimeBytes", runtime.bytes);
  set("runtimePeakBytes", runtime.peakBytes);
  return result;
}

Napi::Value ReleaseMemory(const Napi::CallbackInfo& info) {
  PurgeThreadMemory();
  TrimMalloc();
  return info.Env().Undefined();
}

}  // namespace

void DefineHost(Napi::Env env, Napi::Object exports) {
  exports.Set("hostInfo", Napi::Function::New(env, HostInfoOf, "hostInfo"));
  exports.Set("memoryUsage", Napi::Function::New(env, MemoryUsageOf, "memoryUsage"));
  exports.Set("releaseMemory", Napi::Function::New(env, ReleaseMemory, "releaseMemory"));
}

}  // namespace haypile
