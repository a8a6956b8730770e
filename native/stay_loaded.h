// Keeps this library in the process until it ends.
#pragma once

namespace haypile {

// A worker of Node unloads its addons when it ends, and nobody else may have loaded this one. Then the system calls what
// our allocator and C++ library left to be done when a thread ends, and the code is gone. Any number of calls.
void StayLoaded();

}  // namespace haypile
