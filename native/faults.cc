#include "faults.h"

#include <atomic>
#include <new>
#include <stdexcept>

namespace haypile {
namespace {

std::atomic<int> g_kind{0};
std::atomic<uint64_t> g_at{0};
std::atomic<uint64_t> g_passed{0};

}  // namespace

void FailWork(uint64_t at, Fault kind) {
  g_kind = 0;
  g_passed = 0;
  g_at = at;
  g_kind = static_cast<int>(kind);
}

void FaultPoint() {
  const int kind = g_kind.load(std::memory_order_relaxed);
  if (kind == 0 || g_passed.fetch_add(1) + 1 != g_at.load()) return;
  if (kind == static_cast<int>(Fault::kMemory)) throw std::bad_alloc();
  if (kind == static_cast<int>(Fault::kUnknown)) throw kind;
  throw std::length_error("made up for a test");
}

}  // namespace haypile
