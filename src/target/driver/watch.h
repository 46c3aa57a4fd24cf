// Who wrote this word: the target's call is made one instruction at a time, and after each the word is looked
// at. It costs a signal an instruction, so it is done for one call of one trace, and only when asked for.
#ifndef ALLOCHECK_WATCH_H
#define ALLOCHECK_WATCH_H

#include "frames.h"

#include <sys/ucontext.h>

/* Around the call of an op; between the two, each instruction traps. */
static void begin_watch(u32 op);
static void end_watch(void);
/* Whether the signal was such a trap. */
static int take_trap(int number, greg_t *registers);

#endif
