// The watchdog in processes of their own, each with a "loop" that does what its row says, told to end by a
// signal or at the control socket.
#include "watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <string>

#include "check.h"

using haypile::Watchdog;
using haypile::WatchdogOptions;
using haypile::WatchWord;

namespace {

std::string folder;
std::string Control() { return folder + "/ctl"; }
std::string Log() { return folder + "/log"; }

enum class Loop {
  kTurns,    // takes words, and leaves at once
  kStuck,    // never turns
  kDawdles,  // begins to leave, and does not end
  kDeaf,     // turns, and pays no heed
};

struct Child {
  pid_t pid;
  // Readable when it is ready.
  int ready;
};

// Hooks for which there is no memory, or worse.
bool hooksThrow = false;

Child Start(Loop loop, bool ignoresHangup = false) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t pid = fork();
  if (pid != 0) {
    close(ends[1]);
    char byte;
    CHECK(read(ends[0], &byte, 1) == 1);
    return {pid, ends[0]};
  }
  if (ignoresHangup) signal(SIGHUP, SIG_IGN);
  static std::atomic<int> words{0};
  static std::atomic<bool> pinged{false};
  WatchdogOptions options;
  options.version = "1.2.3";
  options.logPath = Log();
  options.turnMs = 600;
  options.turnCpuMs = 100000;
  options.pingMs = 100;
  options.ping = [] {
    if (hooksThrow) throw std::bad_alloc();
    pinged = true;
  };
  options.word = [](WatchWord) {
    if (hooksThrow) throw 1;
    ++words;
  };
  std::string error;
  const std::unique_ptr<Watchdog> dog = Watchdog::Start(std::move(options), &error);
  if (dog == nullptr || !dog->Listen(Control())) _exit(9);
  if (write(ends[1], "r", 1) != 1) _exit(9);
  bool left = false;
  // A test that goes wrong must not leave it behind.
  for (int i = 0; i < 3000; ++i, usleep(10000)) {
    if (loop == Loop::kStuck) continue;
    if (pinged.exchange(false)) dog->Turned();
    if (words == 0 || loop == Loop::kDeaf) continue;
    if (loop == Loop::kTurns) _exit(words == 1 ? 0 : 8);
    if (!left) dog->Leaving(500);
    left = true;
  }
  _exit(7);
}

int End(const Child& child) {
  int status = 0;
  CHECK(waitpid(child.pid, &status, 0) == child.pid);
  close(child.ready);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

std::string Ask(const std::string& line) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  strcpy(address.sun_path, Control().c_str());
  const int file = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  CHECK(write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  std::string answer;
  char bytes[256];
  for (ssize_t count; (count = read(file, bytes, sizeof bytes)) > 0;) answer.append(bytes, count);
  close(file);
  return answer;
}

std::string ReadLog() {
  const int file = open(Log().c_str(), O_RDONLY);
  char bytes[4096];
  const ssize_t count = read(file, bytes, sizeof bytes);
  close(file);
  return std::string(bytes, count > 0 ? count : 0);
}

bool Has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

const std::string kAlive = "{\"haypile\":1,\"ask\":\"alive\"}\n";
const std::string kStop = "{\"haypile\":1,\"ask\":\"stop\"}\n";

void TestSignals() {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    const Child turns = Start(Loop::kTurns);
    kill(turns.pid, signal);
    CHECK(End(turns) == 0);
    const Child stuck = Start(Loop::kStuck);
    kill(stuck.pid, signal);
    CHECK(End(stuck) == 1);
  }
  CHECK(Has(ReadLog(), "\"event\":\"ended by the watchdog\",\"why\":\"told to end, its event loop did not turn\""));
  const Child dawdles = Start(Loop::kDawdles);
  kill(dawdles.pid, SIGTERM);
  CHECK(End(dawdles) == 1);
  CHECK(Has(ReadLog(), "did not come to an end"));
  // One that pays no heed is stuck, however often its loop turns.
  const Child deaf = Start(Loop::kDeaf);
  kill(deaf.pid, SIGTERM);
  CHECK(End(deaf) == 1);
  // Started with it ignored, as by nohup.
  const Child nohup = Start(Loop::kTurns, true);
  kill(nohup.pid, SIGHUP);
  usleep(300000);
  CHECK(Has(Ask(kAlive), "\"blockedMs\":0"));
  kill(nohup.pid, SIGTERM);
  CHECK(End(nohup) == 0);
}

void TestControl() {
  const Child turns = Start(Loop::kTurns);
  struct stat found;
  CHECK(stat(Control().c_str(), &found) == 0 && (found.st_mode & 0777) == 0600);
  const std::string pid = "\"pid\":" + std::to_string(turns.pid);
  const std::string vitals = Ask(kAlive);
  CHECK(Has(vitals, pid.c_str()) && Has(vitals, "\"blockedMs\":0,") && Has(vitals, "\"version\":\"1.2.3\""));
  CHECK(Has(vitals, "\"leaving\":false"));
  CHECK(Ask("rubbish\n").empty());
  CHECK(Ask(std::string(1000, 'x')).empty());
  const std::string answer = Ask(kStop);
  CHECK(Has(answer, "\"ok\":true") && Has(answer, pid.c_str()));
  CHECK(End(turns) == 0);

  const Child stuck = Start(Loop::kStuck);
  CHECK(!Has(Ask(kAlive), "\"blockedMs\":0,"));
  usleep(300000);
  const std::string later = Ask(kAlive);
  const size_t at = later.find("\"blockedMs\":");
  CHECK(at != std::string::npos && atoi(later.c_str() + at + 12) >= 300);
  CHECK(Has(Ask(kStop), "\"ok\":true"));
  CHECK(End(stuck) == 1);

  const Child dawdles = Start(Loop::kDawdles);
  CHECK(Has(Ask(kStop), "\"ok\":true"));
  usleep(150000);
  CHECK(Has(Ask(kAlive), "\"leaving\":true"));
  CHECK(End(dawdles) == 1);
}

// What is thrown on the thread ends what it was thrown for, and nothing else.
void TestThrowingHooks() {
  hooksThrow = true;
  const Child asked = Start(Loop::kTurns);
  for (int i = 0; i < 20; ++i) CHECK(Ask(kAlive).empty());
  CHECK(Has(Ask(kStop), "\"ok\":true"));
  CHECK(End(asked) == 1);
  const Child told = Start(Loop::kTurns);
  kill(told.pid, SIGTERM);
  CHECK(End(told) == 1);
  hooksThrow = false;
}

// Whoever connects and says nothing holds up nobody for ever.
void TestSilentAskers() {
  const Child turns = Start(Loop::kTurns);
  int files[24];
  for (int& file : files) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, Control().c_str());
    file = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    // The backlog may be full: that is told, too.
    if (connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) continue;
  }
  CHECK(Has(Ask(kAlive), "\"pid\":"));
  for (const int file : files) close(file);
  kill(turns.pid, SIGTERM);
  CHECK(End(turns) == 0);
}

}  // namespace

int main() {
  char name[] = "/tmp/watchdog-test-XXXXXX";
  CHECK(mkdtemp(name) != nullptr);
  folder = name;
  close(open(Log().c_str(), O_CREAT | O_WRONLY, 0600));
  TestSignals();
  TestControl();
  TestThrowingHooks();
  TestSilentAskers();
  unlink(Control().c_str());
  unlink(Log().c_str());
  rmdir(name);
  return haypile::check::Report();
}
