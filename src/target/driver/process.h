// The two processes of the driver: the server (server.c), which talks to the parent, and the runner
// (runner.c), forked from it, which executes the target and may end in any way.
#ifndef ALLOCHECK_PROCESS_H
#define ALLOCHECK_PROCESS_H

#include "snapshot.h"

#include <signal.h>

#define FROM_PARENT 3
#define TO_PARENT 4

static const struct batch_head *batch DRIVER_STATE;
/* The trace to run next, in the server as in the runner. */
static const u64 *cursor DRIVER_STATE;
static u32 next_trace DRIVER_STATE;
static int output[2] DRIVER_STATE;  /* the target's stdout and stderr */

static void die_with(int parent, int of);
static void hold_ends(int how);
static __attribute__((noreturn)) void end_server(void);
static __attribute__((noreturn)) void begin_runner(int server);
static void report_end(void);
/* How a runner that did not end by itself was ended. */
enum hang { NO_HANG, HANG_BUSY, HANG_ASLEEP, HANG_STOPPED };
static void end_trace_by_death(enum hang hang, int status);
static void run_batch(void);
static int read_all(void *to, u64 length);
static void write_all(const u8 *from, u64 length);

#endif
