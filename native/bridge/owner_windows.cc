#include "bridge/owner.h"
#include "windows/lock.h"
#include "windows/process.h"
#include "windows/security.h"

namespace haypile::bridge {
namespace {

constexpr size_t kMostNote = 16384;

}  // namespace

bool ReadNote(const std::string& path, std::string* text) {
  text->clear();
  const windows::Handle file(windows::OpenPatiently(
      windows::WidePath(path), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
      OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT));
  BY_HANDLE_FILE_INFORMATION facts;
  if (!file || GetFileType(file.get()) != FILE_TYPE_DISK || !GetFileInformationByHandle(file.get(), &facts)) return false;
  constexpr DWORD kNoFile = FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DIRECTORY;
  if ((facts.dwFileAttributes & kNoFile) != 0 || !windows::IsOurs(file.get())) return false;
  if (facts.nFileSizeHigh != 0 || facts.nFileSizeLow > kMostNote) return false;
  text->resize(kMostNote);
  DWORD count = 0;
  const bool fine = ReadFile(file.get(), text->data(), kMostNote, &count, nullptr) != 0;
  text->resize(fine ? count : 0);
  return fine;
}

ProcessState StateOf(pid_t pid) {
  ProcessState state;
  const windows::ProcessFacts facts = windows::FactsOf(static_cast<DWORD>(pid));
  state.known = facts.isKnown;
  state.ended = facts.isEnded;
  state.startTime = facts.isKnown ? std::to_string(facts.startTime) : "";
  state.cpu = facts.cpu;
  return state;
}

bool IsProcess(pid_t pid) {
  const windows::ProcessFacts facts = windows::FactsOf(static_cast<DWORD>(pid));
  return facts.isKnown && !facts.isEnded;
}

// Who holds it is not said, only that somebody does: together with a process that began when the note says, that is
// the daemon.
bool MayHold(pid_t, const std::string& lock) { return windows::IsLocked(lock) != windows::Locked::kNo; }

}  // namespace haypile::bridge
