// Libraries that are opened while running, by absolute paths.
#pragma once
#include <string>

#include "ort_runtime.h"

namespace haypile {

enum class Binding {
  kNow,   // all of its names are looked for at once
  kLazy,  // when they are used, where the system can do so
};
// Null: it cannot be opened, and `problem` says why. It stays open.
void* OpenLibrary(const std::string& path, Binding binding, std::string* problem);
// Null: the library has no such name.
void* FindInLibrary(void* library, const char* name);

// What throws std::bad_alloc in the C++ library that the library was linked with, which need not be ours: only that one's
// exceptions does it catch. Null: there is none such.
using ThrowBadAlloc = void (*)();
ThrowBadAlloc FindThrowBadAlloc(void* library);

// Of the runtime's own libraries beside it: what it needs for CUDA, in the order in which they are needed.
extern const char* const kCudaLibraries[2];

// Read by the runtime when its environment is made; later there is no full way to turn it off.
void TurnOffTelemetry();

// A path as the runtime takes it.
std::basic_string<ORTCHAR_T> RuntimePath(const std::string& path);

}  // namespace haypile
