// The allocator for what runs of models work in, and all that ONNX Runtime asks of a session: mimalloc, linked in
// privately (the process's malloc is untouched), aligned to 64 bytes because ONNX Runtime's kernels
// load whole cache lines, and counted. Alloc never returns NULL: inside Run() that is a crash, so
// it lets the runtime's own C++ library throw std::bad_alloc, which comes back as a failed status.
#pragma once
#include <cstddef>
#include <cstdint>

struct OrtAllocator;
struct OrtMemoryInfo;

namespace haypile {

struct AllocatorUsage {
  uint64_t bytes;
  uint64_t peakBytes;
  uint64_t allocations;
};

// Throws the std::bad_alloc that the runtime catches (runtime_library.h).
using ThrowBadAlloc = void (*)();

// The process-wide allocator; lives until the process ends, like the environment it serves. Without `throwIt` the
// runtime gets NULL where there is no memory.
OrtAllocator* RuntimeAllocator(const OrtMemoryInfo* info, ThrowBadAlloc throwIt);

// The same for memory that no runtime asks for. TakeCounted throws std::bad_alloc; GiveCounted takes null.
void* TakeCounted(size_t size);
void GiveCounted(void* block);

// Bytes held now and at most, as mimalloc rounds them up. Any thread.
AllocatorUsage RuntimeAllocatorUsage();

// For tests of failures: from now on every `every`-th allocation fails, and the `at`-th; 0 = none.
void FailAllocations(uint64_t every, uint64_t at);

// Whether an address lies in pages of that allocator. Any thread.
bool IsRuntimeAddress(const void* address);

struct MallocUsage {
  bool isKnown = false;   // glibc only
  uint64_t usedBytes = 0;  // blocks in use, the mapped ones among them
  uint64_t mappedBytes = 0;  // blocks with a map of their own
};

// The C library's malloc, all its arenas. Any thread.
MallocUsage ReadMallocUsage();

// Gives the calling thread's freed pages back to the operating system.
void PurgeThreadMemory();

// The same for blocks that malloc keeps.
void TrimMalloc();

// From now on malloc serves blocks of 128 kB and more from maps of their own, which go back to the
// system when freed. Without it glibc raises that bound as large blocks are freed, and what a model
// left behind after parsing stays resident.
void KeepLargeBlocksApart();

}  // namespace haypile
