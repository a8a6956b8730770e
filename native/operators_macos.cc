// The operators that give memory, for this library alone. Those of the C++ library that is linked in would be offered
// to others as weak names, and the system makes one of all such names in a process: what one library took another's
// would give back. For the builds of zig only, compiled with -fvisibility-global-new-delete=force-hidden.
#include <cstdlib>
#include <new>

namespace {

void* Take(std::size_t size) {
  if (size == 0) size = 1;
  void* block = nullptr;
  while ((block = std::malloc(size)) == nullptr) {
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
  return block;
}

void* Take(std::size_t size, std::align_val_t alignment) {
  std::size_t aligned = static_cast<std::size_t>(alignment);
  if (aligned < sizeof(void*)) aligned = sizeof(void*);
  void* block = nullptr;
  if (posix_memalign(&block, aligned, size == 0 ? 1 : size) != 0) throw std::bad_alloc();
  return block;
}

}  // namespace

void* operator new(std::size_t size) { return Take(size); }
void* operator new[](std::size_t size) { return Take(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return Take(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return Take(size, alignment); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size == 0 ? 1 : size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size == 0 ? 1 : size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete[](void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { std::free(block); }
