#include "windows/process.h"

#include <tlhelp32.h>

namespace haypile::windows {

ProcessFacts FactsOf(HANDLE process) {
  ProcessFacts facts;
  FILETIME created;
  FILETIME ended;
  FILETIME kernel;
  FILETIME user;
  if (!GetProcessTimes(process, &created, &ended, &kernel, &user)) return facts;
  DWORD code = 0;
  facts.isKnown = true;
  facts.isEnded = GetExitCodeProcess(process, &code) && code != STILL_ACTIVE;
  facts.startTime = Number(created);
  facts.cpu = Number(kernel) + Number(user);
  return facts;
}

ProcessFacts FactsOf(DWORD pid) {
  const Handle process(OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid));
  return process ? FactsOf(process.get()) : ProcessFacts();
}

DWORD ParentOf(DWORD pid) {
  const Handle list(CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0));
  if (!list) return 0;
  PROCESSENTRY32W entry{};
  entry.dwSize = sizeof entry;
  for (BOOL more = Process32FirstW(list.get(), &entry); more; more = Process32NextW(list.get(), &entry)) {
    if (entry.th32ProcessID == pid) return entry.th32ParentProcessID;
  }
  return 0;
}

Handle OpenParent(DWORD pid) {
  if (pid == 0) return Handle();
  Handle process(OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid));
  if (!process) return process;
  // One that is younger than its child has only the number of the parent.
  const ProcessFacts parent = FactsOf(process.get());
  const ProcessFacts own = FactsOf(GetCurrentProcess());
  if (parent.isKnown && own.isKnown && parent.startTime > own.startTime) return Handle();
  return process;
}

}  // namespace haypile::windows
