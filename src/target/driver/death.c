// What the server says when a runner ended other than by having done its work.
#include "process.h"

#include <sys/wait.h>

#define OUTPUT_TOLD 512 /* the last bytes of what the target wrote are reported */

/* The end of what the runner wrote to stdout or stderr. */
static u64 last_output(int descriptor, u8 *to) {
  i64 size = RAW3(SYS_lseek, descriptor, 0, 2 /* SEEK_END */);
  if (size <= 0) return 0;
  i64 from = size > OUTPUT_TOLD ? size - OUTPUT_TOLD : 0;
  i64 got = RAW4(SYS_pread64, descriptor, to, OUTPUT_TOLD, from);
  return got > 0 ? (u64)got : 0;
}

static u64 put_calls_of_dead(u64 *to) {
  u32 count = shared->calls_count < CALLS_KEPT ? shared->calls_count : CALLS_KEPT;
  copy_bytes(to, shared->calls, count * sizeof *shared->calls);
  return (u64)count * (sizeof *shared->calls / 8);
}

/* How the runner ended: words of 8 bytes, see driver-report.ts. */
static void report_death(u32 outcome, enum hang hang, int status) {
  u64 *to = (u64 *)(report + shared->written), words = 9;
  u32 *halves = (u32 *)to;
  int in_call = shared->phase != PHASE_IDLE;
  words += put_calls_of_dead(to + words);
  u32 frames = shared->frames_count < FRAMES_KEPT ? shared->frames_count : FRAMES_KEPT;
  for (u32 i = 0; i < frames; i++) ((double *)to)[words++] = as_double(shared->frames[i]);
  u64 told[2];
  for (int i = 0; i < 2; i++) {
    zero_bytes(to + words, OUTPUT_TOLD);
    told[i] = last_output(output[i], (u8 *)(to + words));
    words += (told[i] + 7) / 8;
  }
  halves[0] = (u32)words | (u32)RECORD_DEATH << 24;
  halves[1] = shared->op;
  halves[2] = outcome;
  halves[3] = shared->calls_count < CALLS_KEPT ? shared->calls_count : CALLS_KEPT;
  halves[4] = shared->phase;
  halves[5] = (u32)status;
  halves[6] = shared->signal;
  halves[7] = shared->has_fault ? 1 + shared->access : 0;
  ((double *)to)[4] = in_call ? as_double(shared->given) : 0;
  ((double *)to)[5] = as_double(shared->fault_address);
  halves[12] = (u32)told[0];
  halves[13] = (u32)told[1];
  halves[14] = (u32)(hang == HANG_ASLEEP ? config.wall_limit_ms : config.cpu_limit_ms);
  halves[15] = hang;
  halves[16] = frames;
  halves[17] = 0;
  shared->written += words * 8;
  report_end();
}

/* The op of a death that came before the first op is the first one. */
static void end_trace_by_death(enum hang hang, int status) {
  u32 outcome = CUT_OFF;
  shared->trace = next_trace;
  if (hang != NO_HANG) outcome = HUNG;
  else if (shared->signal != 0) outcome = CRASHED;
  else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) outcome = CRASHED;
  else if (WIFEXITED(status)) outcome = EXITED;
  report_death(outcome, hang, status);
}
