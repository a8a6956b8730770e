// Where the daemon's socket is. src/daemon/endpoint.ts has the same rule; test/daemon compares the two.
#pragma once
#include <string>

namespace haypile::bridge {

struct Endpoint {
  std::string dataFolder;
  std::string folder;
  std::string socket;
  // Held while a process starts a daemon, so that twenty clients start one.
  std::string startLock;
};

Endpoint FindEndpoint();

// Makes the folder, for its owner only. Empty: fine; else what is wrong.
std::string SecureFolder(const std::string& folder);

// An absolute path without "." and "..", as path.resolve() of Node gives it.
std::string ResolvePath(const std::string& path, const std::string& base);

// 64-bit FNV-1a as 16 hexadecimal digits.
std::string Fnv1a(const std::string& text);

}  // namespace haypile::bridge
