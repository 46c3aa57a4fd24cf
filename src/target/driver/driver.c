// The native driver, one translation unit: its names stay its own, but for the system calls that it
// stands in for and `main`. ALLOCHECK_REAL_OS: it stands in for none.
#include "signals.c"
#include "canary.c"
#include "os.c"
#ifndef ALLOCHECK_REAL_OS
#include "calls.c"
#include "memlib.c"
#else
/* A library has the real system, and its own calls: nothing of them is recorded. */
static void log_library_growth(void) {}
#endif
#include "payload.c"
#include "walk.c"
#include "frames.c"
#include "watch.c"
#include "step.c"
#include "run.c"
#include "snapshot.c"
#include "coverage.c"
#include "runner.c"
#include "clock.c"
#include "death.c"
#include "server.c"
#include "rehearsal.c"
#include "main.c"
