#include "windows/security.h"

#include <aclapi.h>
#include <sddl.h>

#include <cstddef>
#include <vector>

namespace haypile::windows {
namespace {

// A SID and room for it.
struct Sid {
  alignas(8) BYTE bytes[SECURITY_MAX_SID_SIZE] = {};
  bool isKnown = false;
  PSID get() { return bytes; }
};

// TokenUser or TokenOwner: what both say begins with a SID.
Sid SidOf(HANDLE process, TOKEN_INFORMATION_CLASS which) {
  Sid sid;
  HANDLE token = nullptr;
  if (!OpenProcessToken(process, TOKEN_QUERY, &token)) return sid;
  const Handle held(token);
  DWORD size = 0;
  GetTokenInformation(token, which, nullptr, 0, &size);
  std::vector<BYTE> room(size);
  if (size == 0 || !GetTokenInformation(token, which, room.data(), size, &size)) return sid;
  static_assert(offsetof(TOKEN_USER, User.Sid) == 0 && offsetof(TOKEN_OWNER, Owner) == 0);
  PSID user = *reinterpret_cast<PSID*>(room.data());
  sid.isKnown = CopySid(sizeof sid.bytes, sid.get(), user) != 0;
  return sid;
}

Sid MyUser() { return SidOf(GetCurrentProcess(), TokenUser); }

Sid WellKnown(WELL_KNOWN_SID_TYPE type) {
  Sid sid;
  DWORD size = sizeof sid.bytes;
  sid.isKnown = CreateWellKnownSid(type, nullptr, sid.get(), &size) != 0;
  return sid;
}

bool IsTrusted(PSID other) {
  // What this user makes is its own, or that of a group that its token names.
  Sid trusted[] = {MyUser(), SidOf(GetCurrentProcess(), TokenOwner), WellKnown(WinBuiltinAdministratorsSid), WellKnown(WinLocalSystemSid)};
  for (Sid& one : trusted) {
    if (one.isKnown && EqualSid(one.get(), other)) return true;
  }
  return false;
}

// Whether a process of this user serves the pipe that this is the other end of.
bool IsServedByTrusted(HANDLE pipe) {
  ULONG pid = 0;
  if (!GetNamedPipeServerProcessId(pipe, &pid)) return false;
  const Handle process(OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid));
  if (!process) return false;
  Sid user = SidOf(process.get(), TokenUser);
  return user.isKnown && IsTrusted(user.get());
}

// Freed with LocalFree.
PACL MakeAcl(bool inherits) {
  Sid user = MyUser();
  Sid system = WellKnown(WinLocalSystemSid);
  if (!user.isKnown || !system.isKnown) return nullptr;
  const auto entry = [&](Sid& sid) {
    EXPLICIT_ACCESSW access{};
    access.grfAccessPermissions = FILE_ALL_ACCESS;
    access.grfAccessMode = SET_ACCESS;
    access.grfInheritance = inherits ? SUB_CONTAINERS_AND_OBJECTS_INHERIT : NO_INHERITANCE;
    access.Trustee.TrusteeForm = TRUSTEE_IS_SID;
    access.Trustee.ptstrName = static_cast<LPWSTR>(sid.get());
    return access;
  };
  EXPLICIT_ACCESSW entries[] = {entry(user), entry(system)};
  const ULONG count = EqualSid(user.get(), system.get()) ? 1 : 2;
  PACL acl = nullptr;
  return SetEntriesInAclW(count, entries, nullptr, &acl) == ERROR_SUCCESS ? acl : nullptr;
}

}  // namespace

PrivateRights::PrivateRights() {
  attributes_.nLength = sizeof attributes_;
  PACL acl = MakeAcl(true);
  auto* descriptor = static_cast<PSECURITY_DESCRIPTOR>(LocalAlloc(LPTR, SECURITY_DESCRIPTOR_MIN_LENGTH));
  if (acl == nullptr || descriptor == nullptr ||
      !InitializeSecurityDescriptor(descriptor, SECURITY_DESCRIPTOR_REVISION) ||
      !SetSecurityDescriptorDacl(descriptor, TRUE, acl, FALSE) ||
      !SetSecurityDescriptorControl(descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED)) {
    LocalFree(acl);
    LocalFree(descriptor);
    return;
  }
  attributes_.lpSecurityDescriptor = descriptor;
}

PrivateRights::~PrivateRights() {
  if (attributes_.lpSecurityDescriptor == nullptr) return;
  BOOL present = FALSE;
  BOOL isDefault = FALSE;
  PACL acl = nullptr;
  if (GetSecurityDescriptorDacl(attributes_.lpSecurityDescriptor, &present, &acl, &isDefault)) LocalFree(acl);
  LocalFree(attributes_.lpSecurityDescriptor);
}

bool IsOurs(HANDLE object) {
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (GetSecurityInfo(object, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, nullptr, nullptr, nullptr,
                      &descriptor) != ERROR_SUCCESS) {
    return false;
  }
  // Wine keeps no owner of a pipe; Windows always does.
  const bool ours = owner == nullptr ? IsServedByTrusted(object) : IsTrusted(owner);
  LocalFree(descriptor);
  return ours;
}

bool IsOpenToOthers(HANDLE object) {
  PACL acl = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (GetSecurityInfo(object, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr, &acl, nullptr,
                      &descriptor) != ERROR_SUCCESS) {
    return true;
  }
  // No list at all lets everybody in.
  bool open = acl == nullptr;
  for (DWORD i = 0; !open && i < acl->AceCount; ++i) {
    void* raw = nullptr;
    if (!GetAce(acl, i, &raw)) {
      open = true;
      break;
    }
    const auto* header = static_cast<const ACE_HEADER*>(raw);
    if (header->AceType == ACCESS_DENIED_ACE_TYPE) continue;
    auto* entry = static_cast<ACCESS_ALLOWED_ACE*>(raw);
    open = header->AceType != ACCESS_ALLOWED_ACE_TYPE ||
           !IsTrusted(reinterpret_cast<PSID>(&entry->SidStart));
  }
  LocalFree(descriptor);
  return open;
}

bool CloseToOthers(HANDLE object, Kind kind) {
  PACL acl = MakeAcl(kind == Kind::kFolder);
  if (acl == nullptr) return false;
  const DWORD failure =
      SetSecurityInfo(object, kind == Kind::kPipe ? SE_KERNEL_OBJECT : SE_FILE_OBJECT,
                      DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, nullptr, nullptr, acl,
                      nullptr);
  LocalFree(acl);
  return failure == ERROR_SUCCESS;
}

namespace {

constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

Handle OpenNoLink(const std::string& path, DWORD access, bool* isFolder) {
  Handle opened(CreateFileW(WidePath(path).c_str(), access | FILE_READ_ATTRIBUTES, kShareAll, nullptr, OPEN_EXISTING,
                            FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  BY_HANDLE_FILE_INFORMATION facts;
  if (!opened || !GetFileInformationByHandle(opened.get(), &facts)) return Handle();
  if ((facts.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) return Handle();
  *isFolder = (facts.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  return opened;
}

}  // namespace

bool ClosePath(const std::string& path) {
  bool isFolder = false;
  const Handle opened = OpenNoLink(path, READ_CONTROL | WRITE_DAC, &isFolder);
  if (!opened || !IsOurs(opened.get())) return false;
  if (!IsOpenToOthers(opened.get())) return true;
  return CloseToOthers(opened.get(), isFolder ? Kind::kFolder : Kind::kFile);
}

Access AccessOf(const std::string& path) {
  Access access;
  bool isFolder = false;
  const Handle opened = OpenNoLink(path, READ_CONTROL, &isFolder);
  if (!opened) return access;
  access.isKnown = true;
  access.isOurs = IsOurs(opened.get());
  access.isOpenToOthers = IsOpenToOthers(opened.get());
  return access;
}

}  // namespace haypile::windows
