#include "windows/regions.h"

#include <psapi.h>

#include <algorithm>
#include <vector>

namespace haypile::windows {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kPagesAtOnce = 4096;

}  // namespace

void EachRegion(const std::function<void(const MEMORY_BASIC_INFORMATION&)>& visit) {
  MEMORY_BASIC_INFORMATION region{};
  const char* at = nullptr;
  while (VirtualQuery(at, &region, sizeof region) == sizeof region) {
    if (region.State == MEM_COMMIT) visit(region);
    const char* const next = static_cast<const char*>(region.BaseAddress) + region.RegionSize;
    if (next <= at) return;
    at = next;
  }
}

uint64_t ResidentBytes(const MEMORY_BASIC_INFORMATION& region) {
  static thread_local std::vector<PSAPI_WORKING_SET_EX_INFORMATION> pages;
  auto* at = static_cast<char*>(region.BaseAddress);
  uint64_t bytes = 0;
  for (size_t left = region.RegionSize / kPage; left > 0;) {
    const size_t count = std::min(left, kPagesAtOnce);
    pages.assign(count, {});
    for (size_t i = 0; i < count; ++i) pages[i].VirtualAddress = at + i * kPage;
    const auto size = static_cast<DWORD>(count * sizeof pages[0]);
    if (!K32QueryWorkingSetEx(GetCurrentProcess(), pages.data(), size)) return bytes;
    for (const auto& page : pages) bytes += page.VirtualAttributes.Valid ? kPage : 0;
    at += count * kPage;
    left -= count;
  }
  return bytes;
}

MappedNames::MappedNames() {
  wchar_t letters[256] = L"";
  if (GetLogicalDriveStringsW(255, letters) == 0) return;
  for (const wchar_t* at = letters; *at != L'\0'; at += wcslen(at) + 1) {
    const std::wstring drive(at, 2);
    wchar_t device[512] = L"";
    if (QueryDosDeviceW(drive.c_str(), device, 512) != 0) drives_[device] = drive;
  }
}

std::string MappedNames::Of(void* address) const {
  std::wstring name(32768, L'\0');
  const DWORD length =
      K32GetMappedFileNameW(GetCurrentProcess(), address, name.data(), static_cast<DWORD>(name.size()));
  name.resize(length);
  for (const auto& [device, drive] : drives_) {
    if (name.size() > device.size() && name.compare(0, device.size(), device) == 0 && name[device.size()] == L'\\') {
      return Narrow(drive + name.substr(device.size()));
    }
  }
  return Narrow(name);
}

}  // namespace haypile::windows
