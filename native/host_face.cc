#include "host_face.h"

#include <algorithm>
#include <cstdlib>

#include "allocator.h"
#include "faults.h"
#include "host_info.h"
#include "mapped_file.h"
#include "memory_map.h"
#include "ort_runtime.h"
#include "resident_pages.h"

namespace haypile {
namespace {

// Numbers of bytes into a result.
struct Setter {
  Napi::Object result;
  void operator()(const char* name, uint64_t bytes) const {
    Napi::Object target = result;
    target.Set(name, static_cast<double>(bytes));
  }
};

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
  const Setter set{result};
  set("rssBytes", usage.rssBytes);
  set("peakRssBytes", usage.peakRssBytes);
  set("anonBytes", usage.anonBytes);
  set("fileBytes", usage.fileBytes);
  if (usage.commitBytes > 0) set("commitBytes", usage.commitBytes);
  set("runtimeBytes", runtime.bytes);
  set("runtimePeakBytes", runtime.peakBytes);
  return result;
}

// What Node had taken when this addon came: its own. Of the process, so the first environment decides.
uint64_t MallocBytesAtStart() {
  static const uint64_t bytes = ReadMallocUsage().usedBytes;
  return bytes;
}

Napi::Value MallocUsageOf(const Napi::CallbackInfo& info) {
  const MallocUsage usage = ReadMallocUsage();
  if (!usage.isKnown) return info.Env().Undefined();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("usedBytes", static_cast<double>(usage.usedBytes));
  result.Set("mappedBytes", static_cast<double>(usage.mappedBytes));
  result.Set("runtimeTableBytes", static_cast<double>(OrtRuntime::TableBytes()));
  result.Set("atStartBytes", static_cast<double>(MallocBytesAtStart()));
  return result;
}

Napi::Value MemoryMapOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const MemoryMap map = ReadMemoryMap("", [](uintptr_t address) {
    return IsRuntimeAddress(reinterpret_cast<const void*>(address));
  });
  if (map.totalBytes == 0) return env.Undefined();
  Napi::Array files = Napi::Array::New(env);
  for (const auto& [path, bytes] : map.files) {
    Napi::Object file = Napi::Object::New(env);
    file.Set("path", path);
    file.Set("bytes", static_cast<double>(bytes));
    files.Set(files.Length(), file);
  }
  Napi::Object result = Napi::Object::New(env);
  const Setter set{result};
  set("totalBytes", map.totalBytes);
  set("mallocBytes", map.mallocBytes);
  set("heapBytes", map.heapBytes);
  set("codeBytes", map.codeBytes);
  set("stackBytes", map.stackBytes);
  set("runtimeBytes", map.runtimeBytes);
  set("otherBytes", map.otherBytes);
  set("systemBytes", map.systemBytes);
  result.Set("files", files);
  return result;
}

Napi::Value ReleaseMemory(const Napi::CallbackInfo& info) {
  PurgeThreadMemory();
  TrimMalloc();
  return info.Env().Undefined();
}

Napi::Value DropFilePagesOf(const Napi::CallbackInfo& info) {
  MappedFile::DropAllPages();
  return Napi::Number::New(info.Env(), static_cast<double>(DropFilePages()));
}

// Counts from now: see FailAllocations().
Napi::Value FailAllocationsOf(const Napi::CallbackInfo& info) {
  const auto number = [&](size_t at) -> uint64_t {
    if (info.Length() <= at || !info[at].IsNumber()) return 0;
    const int64_t value = info[at].As<Napi::Number>().Int64Value();
    return value > 0 ? static_cast<uint64_t>(value) : 0;
  };
  FailAllocations(number(0), number(1));
  return info.Env().Undefined();
}

// The n-th piece of work from now fails in a way: see FailWork().
Napi::Value FailWorkOf(const Napi::CallbackInfo& info) {
  const int64_t at = info[0].ToNumber().Int64Value();
  FailWork(static_cast<uint64_t>(std::max<int64_t>(0, at)),
           static_cast<Fault>(info[1].ToNumber().Int32Value()));
  return info.Env().Undefined();
}

}  // namespace

void DefineHost(Napi::Env env, Napi::Object exports) {
  MallocBytesAtStart();
  exports.Set("hostInfo", Napi::Function::New(env, HostInfoOf, "hostInfo"));
  exports.Set("memoryUsage", Napi::Function::New(env, MemoryUsageOf, "memoryUsage"));
  exports.Set("mallocUsage", Napi::Function::New(env, MallocUsageOf, "mallocUsage"));
  exports.Set("memoryMap", Napi::Function::New(env, MemoryMapOf, "memoryMap"));
  exports.Set("releaseMemory", Napi::Function::New(env, ReleaseMemory, "releaseMemory"));
  exports.Set("dropFilePages", Napi::Function::New(env, DropFilePagesOf, "dropFilePages"));
  // For tests, and only for a process that was started for one.
  if (std::getenv("HAYPILE_FAULTS") != nullptr) {
    exports.Set("failAllocations", Napi::Function::New(env, FailAllocationsOf, "failAllocations"));
    exports.Set("failWork", Napi::Function::New(env, FailWorkOf, "failWork"));
  }
}

}  // namespace haypile
