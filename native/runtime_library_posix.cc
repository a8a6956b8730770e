#include <dlfcn.h>

#include <cstdlib>

#include "runtime_library.h"

namespace haypile {

const char* const kCudaLibraries[2] = {"libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"};

// RTLD_LOCAL and an absolute path: another copy in this process keeps its own symbols.
void* OpenLibrary(const std::string& path, Binding binding, std::string* problem) {
  const int when = binding == Binding::kNow ? RTLD_NOW : RTLD_LAZY;
  void* library = dlopen(path.c_str(), when | RTLD_LOCAL);
  if (library != nullptr) return library;
  const char* reason = dlerror();
  *problem = reason != nullptr ? reason : path;
  return nullptr;
}

void* FindInLibrary(void* library, const char* name) { return dlsym(library, name); }

// std::__throw_bad_alloc() of libstdc++ and of Apple's libc++. What is asked of a library is looked for in those that it
// needs, too.
ThrowBadAlloc FindThrowBadAlloc(void* library) {
  return reinterpret_cast<ThrowBadAlloc>(FindInLibrary(library, "_ZSt17__throw_bad_allocv"));
}

void TurnOffTelemetry() { setenv("ORT_DISABLE_TELEMETRY", "1", 1); }

std::string RuntimePath(const std::string& path) { return path; }

}  // namespace haypile
