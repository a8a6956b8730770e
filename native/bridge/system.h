// What the bridge asks the system for. Texts are UTF-8.
#pragma once
#include <stdint.h>

#include <string>

namespace haypile::bridge {

// Milliseconds that only grow.
int64_t NowMs();
int OwnPid();
// A variable of the environment; "" without one.
std::string Variable(const char* name);
std::string WorkingFolder();
// Where this program lies; "" where that cannot be told.
std::string OwnFolder();
// A file that can be read.
bool IsFile(const std::string& path);

// Before anything is opened. Empty: fine; else what is wrong.
std::string PrepareStreams();

}  // namespace haypile::bridge
