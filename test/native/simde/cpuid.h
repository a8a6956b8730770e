// A CPU that has everything, in place of the compiler's header.
#pragma once
#define __builtin_cpu_supports(feature) 1

inline int __get_cpuid_count(unsigned, unsigned, unsigned* a, unsigned* b, unsigned* c, unsigned* d) {
  *a = *b = *c = *d = ~0u;
  return 1;
}
