#include "bridge/starter.h"

#include <utility>
#include <vector>

#include "bridge/system.h"
#include "windows/process.h"
#include "windows/security.h"

namespace haypile::bridge {
namespace {

using windows::Handle;

constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
constexpr LONGLONG kMostLog = 1 << 20;

bool HasFolder(const std::string& path) { return path.find_first_of("\\/:") != std::string::npos; }

// A program by its name, as the system finds it, but never in the folder that we are started in, which may be anybody's;
// "" when there is none.
std::string FindProgram(const std::string& name) {
  if (HasFolder(name)) return ResolvePath(name, WorkingFolder());
  const bool hasEnding = name.size() > 4 && _stricmp(name.c_str() + name.size() - 4, ".exe") == 0;
  const std::string file = hasEnding ? name : name + ".exe";
  const std::string places = Variable("PATH");
  for (size_t from = 0; from < places.size();) {
    size_t to = places.find(';', from);
    if (to == std::string::npos) to = places.size();
    std::string place = places.substr(from, to - from);
    from = to + 1;
    if (place.size() >= 2 && place.front() == '"' && place.back() == '"') place = place.substr(1, place.size() - 2);
    if (!IsAbsolutePath(place)) continue;
    const std::string path = ResolvePath(file, place);
    if (IsFile(path)) return path;
  }
  return "";
}

// What the daemon says before it has a log of its own.
Handle OpenStartLog(const std::string& folder) {
  windows::PrivateRights rights;
  CreateDirectoryW(windows::WidePath(folder).c_str(), rights.get());
  const std::wstring path = windows::WidePath(ResolvePath("daemon.err", folder));
  WIN32_FILE_ATTRIBUTE_DATA facts;
  const bool isThere = GetFileAttributesExW(path.c_str(), GetFileExInfoStandard, &facts) != 0;
  const bool isLong = isThere && (facts.nFileSizeHigh != 0 || facts.nFileSizeLow > kMostLog);
  if (isLong) Handle(CreateFileW(path.c_str(), GENERIC_WRITE, kShareAll, nullptr, TRUNCATE_EXISTING, 0, nullptr));
  return Handle(CreateFileW(path.c_str(), FILE_APPEND_DATA | SYNCHRONIZE, kShareAll, rights.get(), OPEN_ALWAYS,
                            FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
}

// The list of what a child gets, and nothing else.
class HandedOn {
 public:
  explicit HandedOn(std::vector<HANDLE> handles) : handles_(std::move(handles)) {
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
    room_.resize(size);
    auto* list = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(room_.data());
    if (!InitializeProcThreadAttributeList(list, 1, 0, &size)) return;
    list_ = list;
    for (const HANDLE handle : handles_) SetHandleInformation(handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    isSet_ = UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles_.data(),
                                       handles_.size() * sizeof(HANDLE), nullptr, nullptr) != 0;
  }
  ~HandedOn() {
    if (list_ != nullptr) DeleteProcThreadAttributeList(list_);
  }
  HandedOn(const HandedOn&) = delete;
  HandedOn& operator=(const HandedOn&) = delete;

  // Null: it could not be made.
  LPPROC_THREAD_ATTRIBUTE_LIST get() const { return isSet_ ? list_ : nullptr; }

 private:
  std::vector<HANDLE> handles_;
  std::vector<char> room_;
  LPPROC_THREAD_ATTRIBUTE_LIST list_ = nullptr;
  bool isSet_ = false;
};

}  // namespace

struct Starter::System {
  Handle lock;
  Handle process;
};

Starter::Starter(const Endpoint& endpoint, StartCommand command)
    : endpoint_(endpoint), command_(std::move(command)), system_(new System()) {}

Starter::~Starter() { Done(); }

void Starter::LetGo() {
  system_->lock.Close();
  system_->process.Close();
}

// Held by being the only one who has the file open: the system closes it however we end.
Starter::Lock Starter::TakeLock() {
  if (system_->lock) return Lock::kOurs;
  windows::PrivateRights rights;
  system_->lock = Handle(CreateFileW(windows::WidePath(endpoint_.startLock).c_str(), GENERIC_READ | GENERIC_WRITE, 0, rights.get(),
                                     OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (system_->lock) return Lock::kOurs;
  const DWORD reason = GetLastError();
  if (reason == ERROR_SHARING_VIOLATION) return Lock::kAnothers;
  error_ = "Could not open " + endpoint_.startLock + ": " + windows::Message(reason) + ".";
  return Lock::kFailed;
}

bool Starter::MayBeGone() {
  return !system_->process || WaitForSingleObject(system_->process.get(), 0) == WAIT_OBJECT_0;
}

bool Starter::Spawn() {
  const std::string program = FindProgram(command_.node);
  if (program.empty()) {
    error_ = "Could not find " + command_.node + " in the PATH. Name Node's program with --node or HAYPILE_NODE.";
    return false;
  }
  SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
  const Handle nothing(CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, kShareAll, &inherited, OPEN_EXISTING, 0, nullptr));
  const Handle log = OpenStartLog(endpoint_.logs);
  const HANDLE words = log ? log.get() : nothing.get();
  std::vector<HANDLE> handles{nothing.get()};
  if (log) handles.push_back(log.get());
  const HandedOn handedOn(handles);
  if (!nothing || handedOn.get() == nullptr) {
    error_ = "Could not make the daemon's streams: " + windows::LastMessage() + ".";
    return false;
  }
  STARTUPINFOEXW start{};
  start.StartupInfo.cb = sizeof start;
  start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  start.StartupInfo.hStdInput = nothing.get();
  start.StartupInfo.hStdOutput = words;
  start.StartupInfo.hStdError = words;
  start.lpAttributeList = handedOn.get();
  SetEnvironmentVariableW(L"HAYPILE_DATA_DIR", windows::Wide(endpoint_.dataFolder).c_str());
  // A console that nobody sees: without any, each program that the daemon runs would open a window.
  const DWORD flags = CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP | EXTENDED_STARTUPINFO_PRESENT;
  const std::wstring line = windows::Wide(windows::CommandLine({program, command_.script, "daemon"}));
  // Its folder can't be removed while it runs: let it be the system's.
  wchar_t folder[MAX_PATH + 1] = L"";
  if (GetWindowsDirectoryW(folder, MAX_PATH) == 0) folder[0] = L'\0';
  PROCESS_INFORMATION made{};
  // A host may put its children into a job that ends with it; where the job lets nobody out, that is so.
  for (const DWORD out : {static_cast<DWORD>(CREATE_BREAKAWAY_FROM_JOB), static_cast<DWORD>(0)}) {
    std::wstring words = line;
    if (CreateProcessW(windows::Wide(program).c_str(), words.data(), nullptr, nullptr, TRUE, flags | out, nullptr,
                       folder[0] == L'\0' ? nullptr : folder, &start.StartupInfo, &made)) {
      break;
    }
    made = PROCESS_INFORMATION{};
    if (GetLastError() != ERROR_ACCESS_DENIED) break;
  }
  if (made.hProcess == nullptr) {
    error_ = "Could not run " + program + ": " + windows::LastMessage() + ".";
    return false;
  }
  CloseHandle(made.hThread);
  system_->process = Handle(made.hProcess);
  started_ = Owner();
  started_.pid = static_cast<pid_t>(made.dwProcessId);
  started_.startTime = StateOf(started_.pid).startTime;
  running_ = true;
  return true;
}

}  // namespace haypile::bridge
