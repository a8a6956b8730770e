// Processes, as Apple's libproc.h and sys/proc_info.h have them.
#include <libproc.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "bridge/owner.h"
#include "bridge/parent.h"

namespace haypile::bridge {
namespace {

// Of pbi_status, from sys/proc.h, whose other names clash.
constexpr uint32_t kStopped = 4;
constexpr uint32_t kZombie = 5;

}  // namespace

// Without its start: the daemon, which has no such call, does not write it down.
ProcessState StateOf(pid_t pid) {
  ProcessState state;
  proc_taskallinfo all{};
  if (proc_pidinfo(pid, PROC_PIDTASKALLINFO, 0, &all, sizeof all) != static_cast<int>(sizeof all)) return state;
  state.known = true;
  state.stopped = all.pbsd.pbi_status == kStopped;
  state.ended = all.pbsd.pbi_status == kZombie;
  state.cpu = static_cast<int64_t>(all.ptinfo.pti_total_user + all.ptinfo.pti_total_system);
  return state;
}

bool MayHold(pid_t pid, const std::string& lock) {
  struct stat wanted;
  if (stat(lock.c_str(), &wanted) != 0) return true;
  const int room = proc_pidinfo(pid, PROC_PIDLISTFDS, 0, nullptr, 0);
  if (room <= 0) return true;
  // It may open more meanwhile.
  std::vector<proc_fdinfo> files(static_cast<size_t>(room) / sizeof(proc_fdinfo) + 32);
  const int bytes = proc_pidinfo(pid, PROC_PIDLISTFDS, 0, files.data(),
                                 static_cast<int>(files.size() * sizeof(proc_fdinfo)));
  if (bytes <= 0) return true;
  files.resize(static_cast<size_t>(bytes) / sizeof(proc_fdinfo));
  for (const proc_fdinfo& file : files) {
    if (file.proc_fdtype != PROX_FDTYPE_VNODE) continue;
    vnode_fdinfo found{};
    if (proc_pidfdinfo(pid, file.proc_fd, PROC_PIDFDVNODEINFO, &found, sizeof found) <
        static_cast<int>(sizeof found)) {
      continue;
    }
    const vinfo_stat& facts = found.pvi.vi_stat;
    if (facts.vst_dev == static_cast<uint32_t>(wanted.st_dev) && facts.vst_ino == wanted.st_ino) return true;
  }
  return false;
}

int OpenParentFile(int parent) {
  const int queue = kqueue();
  if (queue < 0) return -1;
  struct kevent wanted;
  EV_SET(&wanted, parent, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
  if (kevent(queue, &wanted, 1, nullptr, 0, nullptr) == 0) return queue;
  close(queue);
  return -1;
}

}  // namespace haypile::bridge
