// Putting the target's writable memory back between traces: see snapshot.c.
#ifndef ALLOCHECK_SNAPSHOT_H
#define ALLOCHECK_SNAPSHOT_H

#include "run.h"

/* Whether the target's writable segments are small enough to be copied for every trace. */
static int can_snapshot(void);
static void take_snapshot(void);
/* The simulated operating system is as new, too. */
static void restore_snapshot(void);

#endif
