// haypile-bridge: what an MCP client starts. See docs/daemon.md.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string>

#include "bridge/bridge.h"

namespace {

constexpr const char* kHelp =
    "Usage: haypile-bridge [--root FOLDER] [--client NAME] [--node FILE] [--script FILE]\n"
    "Connects an MCP client on stdin and stdout to the Haypile daemon of this user, and starts that when there\n"
    "is none. Other: --parent PID (ends with that process), --face mcp|rpc, --print-owner (the file that says who\n"
    "the daemon is), --print-socket (where it listens, as that file says), --version, --help.\n";

std::string Absolute(const std::string& path) {
  char* folder = getcwd(nullptr, 0);
  const std::string base = folder == nullptr ? "/" : folder;
  free(folder);
  return haypile::bridge::ResolvePath(path, base);
}

}  // namespace

int main(int count, char** words) {
  using namespace haypile::bridge;
  signal(SIGPIPE, SIG_IGN);
  BridgeOptions options;
  options.version = HAYPILE_VERSION;
  std::string node;
  std::string script;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto is = [&](const char* name) { return word == name && i + 1 < count; };
    if (word == "--version") return puts(HAYPILE_VERSION) < 0;
    if (word == "--help") return fputs(kHelp, stdout) < 0;
    if (word == "--print-owner") return puts(FindEndpoint().owner.c_str()) < 0;
    if (word == "--print-socket") return puts(ReadOwner(FindEndpoint().owner).socket.c_str()) < 0;
    if (is("--root")) {
      options.root = Absolute(words[++i]);
    } else if (is("--client")) {
      options.client = words[++i];
    } else if (is("--node")) {
      node = words[++i];
    } else if (is("--script")) {
      script = Absolute(words[++i]);
    } else if (is("--parent")) {
      options.parent = atoi(words[++i]);
    } else if (is("--face")) {
      options.face = words[++i];
    } else {
      fprintf(stderr, "haypile-bridge: unknown word %s\n%s", words[i], kHelp);
      return 2;
    }
  }
  if (options.root.empty()) {
    const char* project = getenv("CLAUDE_PROJECT_DIR");
    options.root = Absolute(project == nullptr || *project == '\0' ? "." : project);
  }
  // Where stdin or stdout is closed, the socket would take its number.
  int file = 0;
  while (file >= 0 && file <= 2) file = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (file > 2) close(file);
  if (file < 0) {
    fprintf(stderr, "haypile-bridge: could not open /dev/null: %s.\n", strerror(errno));
    return 1;
  }
  return Bridge(FindEndpoint(), options, FindCommand(node, script)).Run();
}
