// Running one trace in this process: run.c drives, payload.c fills and checks, walk.c reads the heap.
#ifndef ALLOCHECK_RUN_H
#define ALLOCHECK_RUN_H

#include "os.h"

#define SLOT_LIMIT (1U << 20)
#define NO_SLOT (~0U)

/* Live if `epoch` is that of the trace; so a new trace empties all slots at once. */
struct slot {
  u64 pointer, size;
  u32 tag, epoch;
};

struct run {
  u32 epoch;
  u32 slots; /* in use so far: 0 .. slots-1 */
  u32 everything;
  u32 forgiving;
  u32 witnessed; /* payloads are not ours to fill and check */
  u32 salt;
  u32 stale_slot;
  u64 stale_pointer;
  u32 broken;   /* of this step */
  u64 flush_at; /* bytes of report */
};

enum check { CHECK_CONTENTS, CHECK_PREFIX, CHECK_ZEROING, CHECK_PAST_BREAK };

static struct run run DRIVER_STATE;
static struct slot *slots DRIVER_STATE;
static u32 forks_each DRIVER_STATE; /* a fork for each trace */

static inline int is_live(u32 slot) { return slot < run.slots && slots[slot].epoch == run.epoch; }

static void run_prepare(void);
/* Returns when the trace is over; the report is complete but for its RECORD_END. 0 if it was cut short,
   as nobody knows what the last call gave out. */
static int run_trace(const struct trace_head *head);
/* Hands the report over and waits until it was taken. */
static void flush_report(void);

static void add_broken(u32 slot, u64 offset, u32 expected, i32 actual, u32 check);
static void check_slot(u32 slot);
static void check_all(u32 except);
static void check_prefix(u32 slot, u64 moved, u64 new_size);
static void check_zeros(u32 slot, u64 pointer, u64 size);
static void fill_slot(u32 slot);

static void walk_prepare(void);
static void walk_reset(void);
/* Walks the heap and writes how it differs from the last walk to `to`; returns the words written, 0 if
   nothing changed. */
static u64 walk_heap(u64 result, u64 *to);
/* Whether the last walk has a FREE block with exactly this payload. */
static int has_free_block(u64 payload);

#endif
