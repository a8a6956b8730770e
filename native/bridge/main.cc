// haypile-bridge: what an MCP client starts. See docs/daemon.md.
#include <stdio.h>
#include <stdlib.h>

#include <string>
#include <vector>

#include "bridge/bridge.h"
#include "bridge/main.h"
#include "bridge/system.h"

namespace {

constexpr const char* kHelp =
    "Usage: haypile-bridge [--root FOLDER] [--client NAME] [--node FILE] [--script FILE]\n"
    "Connects an MCP client on stdin and stdout to the Haypile daemon of this user, and starts that when there\n"
    "is none. Other: --parent PID (ends with that process), --face mcp|rpc, --print-owner (the file that says who\n"
    "the daemon is), --print-socket (where it listens, as that file says), --version, --help.\n";

std::string Absolute(const std::string& path) {
  return haypile::bridge::ResolvePath(path, haypile::bridge::WorkingFolder());
}

}  // namespace

namespace haypile::bridge {

int Main(const std::vector<std::string>& words) {
  BridgeOptions options;
  options.version = HAYPILE_VERSION;
  std::string node;
  std::string script;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto is = [&](const char* name) { return word == name && i + 1 < words.size(); };
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
      options.parent = atoi(words[++i].c_str());
    } else if (is("--face")) {
      options.face = words[++i];
    } else {
      fprintf(stderr, "haypile-bridge: unknown word %s\n%s", word.c_str(), kHelp);
      return 2;
    }
  }
  if (options.root.empty()) {
    const std::string project = Variable("CLAUDE_PROJECT_DIR");
    options.root = Absolute(project.empty() ? "." : project);
  }
  const std::string wrong = PrepareStreams();
  if (!wrong.empty()) {
    fprintf(stderr, "haypile-bridge: %s.\n", wrong.c_str());
    return 1;
  }
  return Bridge(FindEndpoint(), options, FindCommand(node, script)).Run();
}

}  // namespace haypile::bridge
