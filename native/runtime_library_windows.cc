#include "runtime_library.h"
#include "windows/api.h"

namespace haypile {

const char* const kCudaLibraries[2] = {"onnxruntime_providers_shared.dll", "onnxruntime_providers_cuda.dll"};

// Libraries that it needs are looked for beside it and among the system's, and in no folder that anybody may write
// to.
void* OpenLibrary(const std::string& path, Binding, std::string* problem) {
  if (!windows::IsAbsolutePath(path)) {
    *problem = "expected an absolute path, received " + path;
    return nullptr;
  }
  // In the form that the loader compares names in.
  const std::wstring wide = windows::Wide(windows::ResolvePath(path, path));
  const HMODULE library =
      LoadLibraryExW(wide.c_str(), nullptr, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (library == nullptr) *problem = path + ": " + windows::LastMessage();
  return reinterpret_cast<void*>(library);
}

void* FindInLibrary(void* library, const char* name) {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(library), name));
}

// std::_Xbad_alloc() of Microsoft's C++ library, which the library has loaded.
ThrowBadAlloc FindThrowBadAlloc(void*) {
  const HMODULE standard = GetModuleHandleW(L"MSVCP140.dll");
  if (standard == nullptr) return nullptr;
  return reinterpret_cast<ThrowBadAlloc>(
      reinterpret_cast<void*>(GetProcAddress(standard, "?_Xbad_alloc@std@@YAXXZ")));
}

void TurnOffTelemetry() { SetEnvironmentVariableW(L"ORT_DISABLE_TELEMETRY", L"1"); }

std::wstring RuntimePath(const std::string& path) { return windows::WidePath(path); }

}  // namespace haypile
