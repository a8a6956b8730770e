#include "allocator.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include "onnxruntime_c_api.h"
#if defined(__GLIBC__)
#include <dlfcn.h>
#include <malloc.h>
#endif
#ifndef HAYPILE_SANITIZED
#include <mimalloc.h>
#endif

namespace haypile {
namespace {

constexpr size_t kAlignment = 64;

std::atomic<uint64_t> g_bytes{0};
std::atomic<uint64_t> g_peak{0};
std::atomic<uint64_t> g_allocations{0};

// Set by tests only; looked at once an allocation.
std::atomic<bool> g_failing{false};
std::atomic<uint64_t> g_failEvery{0};
std::atomic<uint64_t> g_failAt{0};
std::atomic<uint64_t> g_sinceFailing{0};

bool ShallFail() {
  if (!g_failing.load(std::memory_order_relaxed)) return false;
  const uint64_t number = g_sinceFailing.fetch_add(1) + 1;
  const uint64_t every = g_failEvery.load();
  return number == g_failAt.load() || (every > 0 && number % every == 0);
}

#ifdef HAYPILE_SANITIZED
// Under AddressSanitizer the C library's malloc is used: blocks inside mimalloc are invisible to it.
void* RawAllocate(size_t size) {
  return std::aligned_alloc(kAlignment, (size + kAlignment - 1) / kAlignment * kAlignment);
}
size_t RawSize(void* block) { return malloc_usable_size(block); }
void RawFree(void* block) { std::free(block); }
#else
void* RawAllocate(size_t size) { return mi_malloc_aligned(size, kAlignment); }
size_t RawSize(void* block) { return mi_usable_size(block); }
void RawFree(void* block) { mi_free(block); }

// Freed pages go back to the system 10 ms after they fall idle. At once would cost speed, the
// default of this mimalloc keeps them for good (facts measured in docs/decisions/0003).
void ConfigureOnce() {
  static const bool done = [] {
#if MI_MALLOC_VERSION >= 210
    mi_option_set(mi_option_purge_delay, 10);
#else
    mi_option_set(mi_option_decommit_delay, 10);
    mi_option_set(mi_option_segment_decommit_delay, 10);
#endif
    return true;
  }();
  (void)done;
}
#endif

// Null: there is no memory.
void* TryTake(size_t size) {
  void* block = ShallFail() ? nullptr : RawAllocate(size == 0 ? 1 : size);
  if (block == nullptr) return nullptr;
  const uint64_t now = g_bytes.fetch_add(RawSize(block)) + RawSize(block);
  uint64_t peak = g_peak.load();
  while (now > peak && !g_peak.compare_exchange_weak(peak, now)) {
  }
  g_allocations.fetch_add(1);
  return block;
}

void Give(void* block) {
  if (block == nullptr) return;
  g_bytes.fetch_sub(RawSize(block));
  RawFree(block);
}

std::atomic<ThrowBadAlloc> g_throw{nullptr};

// What is thrown here must be caught in the runtime, whose C++ library is another one than ours: its own function
// throws. This frame has nothing to clean up, so that the exception passes it.
void* ORT_API_CALL Allocate(OrtAllocator*, size_t size) {
  void* const block = TryTake(size);
  if (block == nullptr) {
    if (const ThrowBadAlloc throwIt = g_throw.load()) throwIt();
  }
  return block;
}

void ORT_API_CALL Free(OrtAllocator*, void* block) { Give(block); }

const OrtMemoryInfo* g_info = nullptr;

const OrtMemoryInfo* ORT_API_CALL Info(const OrtAllocator*) { return g_info; }

}  // namespace

OrtAllocator* RuntimeAllocator(const OrtMemoryInfo* info, ThrowBadAlloc throwIt) {
#ifndef HAYPILE_SANITIZED
  ConfigureOnce();
#endif
  g_throw = throwIt;
  g_info = info;
  static OrtAllocator allocator{};
  allocator.version = ORT_API_VERSION;
  allocator.Alloc = Allocate;
  allocator.Free = Free;
  allocator.Info = Info;
  allocator.Reserve = Allocate;
  return &allocator;
}

void* TakeCounted(size_t size) {
#ifndef HAYPILE_SANITIZED
  ConfigureOnce();
#endif
  void* const block = TryTake(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void GiveCounted(void* block) { Give(block); }

AllocatorUsage RuntimeAllocatorUsage() {
  return {g_bytes.load(), g_peak.load(), g_allocations.load()};
}

void FailAllocations(uint64_t every, uint64_t at) {
  g_failing = false;
  g_sinceFailing = 0;
  g_failEvery = every;
  g_failAt = at;
  g_failing = every > 0 || at > 0;
}

bool IsRuntimeAddress(const void* address) {
#ifndef HAYPILE_SANITIZED
  return mi_is_in_heap_region(address);
#else
  (void)address;
  return false;
#endif
}

MallocUsage ReadMallocUsage() {
  MallocUsage usage;
#if defined(__GLIBC__) && !defined(HAYPILE_SANITIZED)
  usage.isKnown = true;
  // Of glibc 2.33 and newer, and looked for while running: this is built for older ones too.
  struct Wide {
    size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
  };
  using ReadWide = Wide (*)();
  static const auto readWide = reinterpret_cast<ReadWide>(dlsym(RTLD_DEFAULT, "mallinfo2"));
  if (readWide != nullptr) {
    const Wide info = readWide();
    usage.mappedBytes = info.hblkhd;
    usage.usedBytes = info.uordblks + info.hblkhd;
    return usage;
  }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const struct mallinfo info = mallinfo();  // counts in 32 bits: right up to 4 GB
#pragma GCC diagnostic pop
  usage.mappedBytes = static_cast<unsigned>(info.hblkhd);
  usage.usedBytes = static_cast<unsigned>(info.uordblks) + usage.mappedBytes;
#endif
  return usage;
}

void PurgeThreadMemory() {
#ifndef HAYPILE_SANITIZED
  mi_collect(true);
#endif
}

void TrimMalloc() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

void KeepLargeBlocksApart() {
#if defined(__GLIBC__) && !defined(HAYPILE_SANITIZED)
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

}  // namespace haypile
