// Where the daemon of a data folder is found. src/wire/endpoint.ts has the same rule; test/daemon compares
// the two.
#pragma once
#include <string>

namespace haypile::bridge {

struct Endpoint {
  std::string dataFolder;
  // "run" in the data folder.
  std::string folder;
  // Who the daemon is and where it listens.
  std::string owner;
  // Held by the daemon.
  std::string lock;
  // Held while a process starts a daemon, so that twenty clients start one.
  std::string startLock;
  std::string logs;
};

Endpoint FindEndpoint();

// Where this user's data is.
std::string DataFolder();

// Makes the folder, for its owner only. Empty: fine; else what is wrong.
std::string SecureFolder(const std::string& folder);

// An absolute path without "." and "..", as path.resolve() of Node gives it.
std::string ResolvePath(const std::string& path, const std::string& base);

// A path that needs no base.
bool IsAbsolutePath(const std::string& path);

// What a daemon may listen at.
bool IsAddress(const std::string& text);

}  // namespace haypile::bridge
