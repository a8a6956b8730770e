// What the twins of Windows do with the system: rights, locks, maps, pipes, and the watchdog. It runs itself again for what
// needs a second process.
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "check.h"
#include "file_lock.h"
#include "file_path.h"
#include "private_files.h"
#include "raw_file.h"
#include "watchdog.h"
#include "windows/lock.h"
#include "windows/pipe.h"
#include "windows/process.h"
#include "windows/security.h"

// After windows.h, which it builds on.
#include <shellapi.h>

namespace fs = std::filesystem;
using namespace haypile;

namespace {

std::string folder;

std::string OwnPath() {
  std::wstring path(32768, L'\0');
  path.resize(GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return windows::Narrow(path);
}

windows::Handle StartMe(const std::vector<std::string>& words) {
  std::vector<std::string> all{OwnPath()};
  all.insert(all.end(), words.begin(), words.end());
  std::wstring line = windows::Wide(windows::CommandLine(all));
  STARTUPINFOW start{};
  start.cb = sizeof start;
  PROCESS_INFORMATION made{};
  CHECK(CreateProcessW(nullptr, line.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &start, &made) != 0);
  CloseHandle(made.hThread);
  return windows::Handle(made.hProcess);
}

DWORD EndOf(const windows::Handle& process) {
  DWORD code = 99;
  CHECK(WaitForSingleObject(process.get(), 60000) == WAIT_OBJECT_0);
  CHECK(GetExitCodeProcess(process.get(), &code) != 0);
  return code;
}

// The C library's words come from the system's line: this is how a child reads what CommandLine() made.
int Echo(const std::vector<std::string>& words) {
  const std::vector<std::string> wanted = {"", "a b", "q\"uo\"te", "end\\", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "\\\\\""};
  return std::vector<std::string>(words.begin() + 1, words.end()) == wanted ? 5 : 6;
}

void TestCommandLine() {
  CHECK(EndOf(StartMe({"echo", "", "a b", "q\"uo\"te", "end\\", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "\\\\\""})) == 5);
}

void TestRights() {
  const std::string inner = folder + "\\made \xc3\xbc\xe6\x97\xa5\\inner";
  CHECK(!MakePrivateFolders(FilePath(inner)));
  CHECK(!MakePrivateFolders(FilePath(inner)));
  const windows::Access made = windows::AccessOf(inner);
  CHECK(made.isKnown && made.isOurs && !made.isOpenToOthers);
  const std::string file = inner + "\\file";
  CHECK(WritePrivateFile(FilePath(file), "one"));
  CHECK(WritePrivateFile(FilePath(file), "two and more"));
  CHECK(RawFile::OpenToRead(FilePath(file)).Size() == 12);
  const windows::Access written = windows::AccessOf(file);
  CHECK(written.isKnown && written.isOurs && !written.isOpenToOthers);
  CHECK(!windows::AccessOf(inner + "\\nothing").isKnown);
  CHECK(windows::ClosePath(inner) && windows::ClosePath(file) && !windows::ClosePath(inner + "\\nothing"));
  CHECK(MakeUniqueFolder(FilePath(inner), "live-") != MakeUniqueFolder(FilePath(inner), "live-"));
}

void TestLongPath() {
  std::string deep = folder;
  for (int i = 0; i < 6; ++i) deep += "\\" + std::string(60, static_cast<char>('a' + i));
  CHECK(deep.size() > 360);
  CHECK(!MakePrivateFolders(FilePath(deep)));
  CHECK(WritePrivateFile(FilePath(deep + "\\file"), "deep"));
  CHECK(RawFile::OpenToRead(FilePath(deep + "\\file")).Size() == 4);
  CHECK(fs::exists(FilePath(deep + "\\file")));
  const FileLock lock(deep + "\\lock", 0);
  CHECK(lock.held());
}

void TestLock() {
  const std::string path = folder + "\\lock";
  {
    const FileLock lock(path, 0);
    CHECK(lock.held());
    const FileLock second(path, 50);
    CHECK(!second.held());
    CHECK(EndOf(StartMe({"lock", path})) == 1);
  }
  CHECK(EndOf(StartMe({"lock", path})) == 0);
  // A holder that dies frees it.
  const windows::Handle holder = StartMe({"hold", path});
  for (int i = 0; i < 600 && FileLock(path, 0).held(); ++i) Sleep(100);
  CHECK(!FileLock(path, 0).held());
  TerminateProcess(holder.get(), 3);
  CHECK(EndOf(holder) == 3);
  CHECK(FileLock(path, 10000).held());
  // As SQLite does it.
  CHECK(windows::IsLocked(folder + "\\nothing") == windows::Locked::kNo);
  CHECK(windows::IsLocked(path) == windows::Locked::kNo);
  const windows::Handle file(CreateFileW(windows::WidePath(path).c_str(), GENERIC_READ | GENERIC_WRITE,
                                         FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0, nullptr));
  OVERLAPPED reserved{};
  reserved.Offset = 0x40000001;
  CHECK(LockFileEx(file.get(), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &reserved) != 0);
  CHECK(windows::IsLocked(path) == windows::Locked::kYes);
  CHECK(UnlockFileEx(file.get(), 0, 1, 0, &reserved) != 0);
  CHECK(windows::IsLocked(path) == windows::Locked::kNo);
}

void TestMaps() {
  const std::string path = folder + "\\mapped";
  const std::string text(100000, 'm');
  CHECK(WritePrivateFile(FilePath(path), text));
  uint8_t* data = nullptr;
  {
    RawFile copy = RawFile::OpenOwnCopy(FilePath(path));
    data = copy.Map(copy.Size());
    CHECK(data != nullptr && data[99999] == 'm');
    // Nobody can cut it short or write into it meanwhile.
    CHECK(CreateFileW(windows::WidePath(path).c_str(), GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0,
                      nullptr) == INVALID_HANDLE_VALUE);
    char part[4] = {};
    CHECK(copy.ReadAt(99996, part, 4) && part[3] == 'm' && !copy.ReadAt(99999, part, 4));
    RawFile::DropPages(data, text.size());
    CHECK(data[0] == 'm' && data[99999] == 'm');
    RawFile::Unmap(data, text.size());
  }
  // Gone with its last user.
  CHECK(!fs::exists(FilePath(path)));
  CHECK(RawFile::OpenToRead(FilePath(path)).Size() == 0);
}

void TestProcesses() {
  const windows::ProcessFacts own = windows::FactsOf(GetCurrentProcessId());
  CHECK(own.isKnown && !own.isEnded && own.startTime > 0);
  const windows::Handle child = StartMe({"parent", std::to_string(GetCurrentProcessId())});
  CHECK(EndOf(child) == 0);
  const windows::ProcessFacts ended = windows::FactsOf(child.get());
  CHECK(ended.isKnown && ended.isEnded && ended.startTime >= own.startTime);
  CHECK(!windows::OpenParent(0));
}

std::string Ask(const std::string& name, const std::string& line) {
  HANDLE pipe = INVALID_HANDLE_VALUE;
  for (int i = 0; i < 600 && pipe == INVALID_HANDLE_VALUE; ++i) {
    if (i > 0) Sleep(20);
    pipe = CreateFileW(windows::Wide(name).c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr);
  }
  const windows::Handle held(pipe);
  CHECK(static_cast<bool>(held));
  DWORD count = 0;
  CHECK(WriteFile(pipe, line.data(), static_cast<DWORD>(line.size()), &count, nullptr) && count == line.size());
  std::string answer;
  char bytes[256];
  while (ReadFile(pipe, bytes, sizeof bytes, &count, nullptr) && count > 0) answer.append(bytes, count);
  return answer;
}

bool Has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// A process with a loop that turns, or one that does not.
int Dog(const std::vector<std::string>& words) {
  const bool turns = words[1] == "turns";
  static std::atomic<int> told{0};
  static std::atomic<bool> pinged{false};
  WatchdogOptions options;
  options.version = "1.2.3";
  options.logPath = words[3];
  options.turnMs = 600;
  options.turnCpuMs = 100000;
  options.pingMs = 100;
  options.ping = [] { pinged = true; };
  options.word = [](WatchWord word) { told = word == WatchWord::kSignal ? 2 : 1; };
  std::string error;
  const std::unique_ptr<Watchdog> dog = Watchdog::Start(std::move(options), &error);
  if (dog == nullptr || !dog->Listen(words[2])) return 9;
  // Its own name can be had again.
  if (words[1] == "twice") return dog->Listen(words[2]) && dog->Listen(words[2] + "-other") ? 0 : 10;
  for (int i = 0; i < 3000; ++i, Sleep(10)) {
    if (!turns) continue;
    if (pinged.exchange(false)) dog->Turned();
    if (told > 0) return told == 1 ? 0 : 2;
  }
  return 7;
}

void TestWatchdog() {
  const std::string name = "\\\\.\\pipe\\haypile-test-" + std::to_string(GetCurrentProcessId());
  const std::string log = folder + "\\log";
  CHECK(WritePrivateFile(FilePath(log), ""));
  const std::string alive = "{\"haypile\":1,\"ask\":\"alive\"}\n";
  const std::string stop = "{\"haypile\":1,\"ask\":\"stop\"}\n";
  CHECK(windows::OwnerOfPipe(name) == windows::PipeOwner::kNobody);
  {
    const windows::Handle turns = StartMe({"dog", "turns", name, log});
    const std::string vitals = Ask(name, alive);
    CHECK(Has(vitals, "\"blockedMs\":0,") && Has(vitals, "\"version\":\"1.2.3\"") && Has(vitals, "\"leaving\":false"));
    CHECK(Has(vitals, ("\"pid\":" + std::to_string(GetProcessId(turns.get()))).c_str()));
    CHECK(windows::OwnerOfPipe(name) == windows::PipeOwner::kOurs);
    CHECK(windows::ClosePipeToOthers(name));
    CHECK(Ask(name, "rubbish\n").empty());
    CHECK(Ask(name, std::string(1000, 'x')).empty());
    for (int i = 0; i < 40; ++i) CHECK(Has(Ask(name, alive), "\"blockedMs\":0,"));
    CHECK(Has(Ask(name, stop), "\"ok\":true"));
    CHECK(EndOf(turns) == 0);
  }
  CHECK(EndOf(StartMe({"dog", "twice", name, log})) == 0);
  {
    const windows::Handle stuck = StartMe({"dog", "stuck", name, log});
    CHECK(!Has(Ask(name, alive), "\"blockedMs\":0,"));
    CHECK(Has(Ask(name, stop), "\"ok\":true"));
    CHECK(EndOf(stuck) == 1);
  }
  RawFile written = RawFile::OpenToRead(FilePath(log));
  std::string text(written.Size(), ' ');
  CHECK(written.ReadAt(0, text.data(), text.size()));
  CHECK(Has(text, "\"event\":\"ended by the watchdog\",\"why\":\"told to end, its event loop did not turn\""));
}

int Child(const std::vector<std::string>& words) {
  if (words[0] == "echo") return Echo(words);
  if (words[0] == "lock") return FileLock(words[1], 0).held() ? 0 : 1;
  if (words[0] == "dog") return Dog(words);
  if (words[0] == "parent") {
    const DWORD parent = windows::ParentOf(GetCurrentProcessId());
    return std::to_string(parent) == words[1] && windows::OpenParent(parent) ? 0 : 1;
  }
  const FileLock lock(words[1], 0);
  Sleep(60000);
  return 4;
}

}  // namespace

int main() {
  int count = 0;
  wchar_t** wide = CommandLineToArgvW(GetCommandLineW(), &count);
  std::vector<std::string> words;
  for (int i = 1; i < count; ++i) words.push_back(windows::Narrow(wide[i]));
  LocalFree(wide);
  if (!words.empty()) return Child(words);
  folder = windows::Variable(L"TEMP") + "\\haypile-test-" + std::to_string(GetCurrentProcessId());
  CHECK(!MakePrivateFolders(FilePath(folder)));
  TestCommandLine();
  TestRights();
  TestLongPath();
  TestLock();
  TestMaps();
  TestProcesses();
  TestWatchdog();
  std::error_code ignored;
  fs::remove_all(fs::u8path("\\\\?\\" + folder), ignored);
  return check::Report();
}
