// By the Restart Manager, which is for installers that want to know who is in their way. Its library is opened when it
// is asked for the first time: few processes ever do.
#include "windows/holders.h"

#include "windows/api.h"

// After windows.h, which it builds on.
#include <restartmanager.h>

namespace haypile::windows {
namespace {

struct Manager {
  decltype(&RmStartSession) start = nullptr;
  decltype(&RmRegisterResources) add = nullptr;
  decltype(&RmGetList) list = nullptr;
  decltype(&RmEndSession) end = nullptr;
  bool isThere() const { return start != nullptr && add != nullptr && list != nullptr && end != nullptr; }
};

const Manager& TheManager() {
  static const Manager manager = [] {
    Manager found;
    const HMODULE library = LoadLibraryExW(L"rstrtmgr.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (library == nullptr) return found;
    const auto find = [library](auto& function, const char* name) {
      function = reinterpret_cast<std::decay_t<decltype(function)>>(
          reinterpret_cast<void*>(GetProcAddress(library, name)));
    };
    find(found.start, "RmStartSession");
    find(found.add, "RmRegisterResources");
    find(found.list, "RmGetList");
    find(found.end, "RmEndSession");
    return found;
  }();
  return manager;
}

}  // namespace

std::optional<std::vector<Holder>> HoldersOf(const std::string& path) {
  const Manager& manager = TheManager();
  if (!manager.isThere()) return std::nullopt;
  DWORD session = 0;
  wchar_t key[CCH_RM_SESSION_KEY + 1] = L"";
  if (manager.start(&session, 0, key) != ERROR_SUCCESS) return std::nullopt;
  const std::wstring wide = Wide(path);
  const wchar_t* files[] = {wide.c_str()};
  DWORD result = manager.add(session, 1, files, 0, nullptr, 0, nullptr);
  std::vector<RM_PROCESS_INFO> found(8);
  UINT count = 0;
  // Others come and go meanwhile.
  for (int tried = 0; result == ERROR_SUCCESS && tried < 4; ++tried) {
    UINT needed = 0;
    DWORD reasons = 0;
    count = static_cast<UINT>(found.size());
    result = manager.list(session, &needed, &count, found.data(), &reasons);
    if (result != ERROR_MORE_DATA) break;
    found.resize(needed + 8);
    result = ERROR_SUCCESS;
    count = 0;
  }
  manager.end(session);
  if (result != ERROR_SUCCESS) return std::nullopt;
  std::vector<Holder> holders;
  for (UINT i = 0; i < count; ++i) {
    holders.push_back({found[i].Process.dwProcessId, Number(found[i].Process.ProcessStartTime)});
  }
  return holders;
}

}  // namespace haypile::windows
