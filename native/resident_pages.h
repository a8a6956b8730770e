// Pages of programs and libraries that this process has touched and can do without: the system keeps
// them in its page cache, and reads them back at the next touch.
#pragma once
#include <cstdint>

namespace haypile {

// Takes the pages of read-only segments of the program and its libraries out of this process's
// resident memory. What was used at start and loading only does not come back; what is in use does,
// for a page fault without a read. Gives the bytes of the ranges that were looked at; 0 where the
// system has no way to do it. Any thread.
uint64_t DropFilePages();

}  // namespace haypile
