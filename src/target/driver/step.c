// Reporting a step: what was called, what it returned, how the heap changed, which bytes are broken. The
// record formats are described in src/target/driver-report.ts.
#include "run.h"

#define STEP_WORDS 5
#define CALL_WORDS 7
#define BROKEN_WORDS 3

/* Broken bytes of this step, already in the form of the report. */
static u64 *broken DRIVER_STATE;

static void steps_prepare(void) {
  broken = raw_map(0, 3UL * SLOT_LIMIT * BROKEN_WORDS * 8, MEM_READ_WRITE, MEM_PRIVATE);
  if (failed(broken)) give_up(GIVE_UP_MEMORY);
}

static void add_broken(u32 slot, u64 offset, u32 expected, i32 actual, u32 check) {
  u64 *to = broken + (u64)run.broken++ * BROKEN_WORDS;
  ((u32 *)to)[0] = slot;
  ((u32 *)to)[1] = expected | check << 8;
  ((i32 *)to)[2] = actual;
  ((i32 *)to)[3] = 0;
  ((double *)to)[2] = as_double(offset);
}

static void add_past_break(int everything) {
  check_canary(everything);
  if (!canary.broken) return;
  add_broken(NO_SLOT, canary.broken - HEAP_START, CANARY, (i32)canary.byte, CHECK_PAST_BREAK);
}

static u64 put_calls(u64 *to) {
  u32 count = shared->calls_count;
  for (u32 i = 0; i < count; i++, to += CALL_WORDS) {
    const struct call *call = &shared->calls[i];
    i32 *ints = (i32 *)to;
    double *doubles = (double *)to;
    ints[0] = (i32)(call->name | call->error << 8);
    ints[1] = call->protection;
    ints[2] = call->flags;
    ints[3] = call->fd;
    doubles[2] = as_double(call->address);
    to[3] = call->length;
    doubles[4] = (double)call->moved;
    doubles[5] = (double)call->offset;
    doubles[6] = (double)call->result;
  }
  return (u64)count * CALL_WORDS;
}

static void put_head(u64 *to, u64 words, u32 index, u32 outcome) {
  ((u32 *)to)[0] = (u32)words | (u32)RECORD_STEP << 24;
  ((u32 *)to)[1] = index;
  ((u32 *)to)[2] = outcome;
}

static void report_skip(u32 index) {
  u64 *to = (u64 *)(report + shared->written);
  put_head(to, 2, index, SKIPPED);
  ((u32 *)to)[3] = 0;
  shared->written += 16;
}

static void report_step(u32 index, u32 outcome, u64 result, int error, int walks) {
  u64 *to = (u64 *)(report + shared->written);
  u64 words = STEP_WORDS, heap = walks ? walk_heap(result, to + words) : 0;
  words += heap;
  words += put_calls(to + words);
  for (u64 i = 0; i < (u64)run.broken * BROKEN_WORDS; i++) to[words++] = broken[i];
  put_head(to, words, index, outcome | (heap ? 256 : 0));
  ((i32 *)to)[3] = error;
  ((u32 *)to)[4] = shared->calls_count;
  ((u32 *)to)[5] = run.broken;
  ((double *)to)[3] = as_double(result);
  ((double *)to)[4] = as_double(shared->given);
  shared->written += words * 8;
}
