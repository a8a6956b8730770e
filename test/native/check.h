// The whole test framework of the C++ tests: a macro that counts, and a report.
#pragma once
#include <cstdio>

namespace haypile::check {

inline int passed = 0;
inline int failed = 0;

inline void Note(bool ok, const char* what, const char* file, int line) {
  if (ok) {
    ++passed;
    return;
  }
  ++failed;
  std::printf("%s:%d: not true: %s\n", file, line, what);
}

// Prints the counts; 0 when something was checked and nothing failed.
inline int Report() {
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace haypile::check

#define CHECK(condition) \
  haypile::check::Note(static_cast<bool>(condition), #condition, __FILE__, __LINE__)
