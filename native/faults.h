// Failures on demand, for tests: what leaves a piece of work of a thread that is not the JS thread must become a
// refusal of that piece, whatever it is. Costs a look at one number where no test asked for it.
#pragma once
#include <cstdint>

namespace haypile {

enum class Fault : int {
  kNone = 0,
  kStandard = 1,  // an exception of the standard library
  kUnknown = 2,   // a thrown number
  kMemory = 3,    // memory that cannot be had
};

// The `at`-th point that is passed from now on fails so; 0 or kNone: none does.
void FailWork(uint64_t at, Fault kind);
// A place where work may fail.
void FaultPoint();

}  // namespace haypile
