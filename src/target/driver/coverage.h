// Where the code lies that an instrumented target calls all the time: who steps through the target passes over it.
#ifndef ALLOCHECK_COVERAGE_H
#define ALLOCHECK_COVERAGE_H

#include "base.h"

extern char __start_allocheck_coverage[], __stop_allocheck_coverage[];

static inline int is_counting(u64 at) {
  return at >= (u64)__start_allocheck_coverage && at < (u64)__stop_allocheck_coverage;
}

#endif
