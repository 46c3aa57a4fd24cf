// The server: it lets a runner execute a batch, takes the records, and when the runner ends says how and
// goes on with the next trace in another.
//
// Where a runner takes many traces, the server makes sure now and then that this is right: the last trace
// is run again in a process of its own, and must give the same records. A target that keeps state where
// no snapshot reaches does not, and gets a fork for each trace from then on.
#include "process.h"

#include <errno.h>
#include <sys/wait.h>

#define DEATHS_CHECKED 8

enum stop { STOP_FULL, STOP_DONE, STOP_ENDED };

static int runner DRIVER_STATE;
static int kept_runner DRIVER_STATE; /* stands by while another one runs its last trace again */
static u32 was_taken DRIVER_STATE; /* records of this batch have been written already */
static u64 batches DRIVER_STATE, deaths DRIVER_STATE;
static enum hang last_hang DRIVER_STATE; /* of the runner that ended last */

/* Nothing that a runner has forked is to outlive us: a signal reaches all of its group at once, those that
   are being forked included. */
static __attribute__((noreturn)) void end_server(void) {
  if (runner > 0) RAW2(SYS_kill, -runner, SIGKILL);
  if (kept_runner > 0) RAW2(SYS_kill, -kept_runner, SIGKILL);
  give_up(0);
}

static void on_end(int number) {
  (void)number;
  end_server();
}

/* The parent is gone, or wants us to go. */
static void catch_ends(void) {
  struct sigaction action = {0};
  action.sa_handler = on_end;
  sigaction(SIGTERM, &action, 0);
  sigaction(SIGPIPE, &action, 0);
}

static void hold_ends(int how) {
  u64 ends = 1UL << (SIGTERM - 1) | 1UL << (SIGPIPE - 1);
  RAW4(SYS_rt_sigprocmask, how, &ends, 0, sizeof ends);
}

static void write_all(const u8 *from, u64 length) {
  while (length > 0) {
    i64 wrote = RAW3(SYS_write, TO_PARENT, from, length);
    if (wrote == -EINTR || wrote == -EAGAIN) continue;
    if (wrote <= 0) end_server();
    from += wrote;
    length -= (u64)wrote;
  }
}

static void take_report(void) {
  u64 length = shared->written;
  if (length > REPORT_LIMIT) give_up(GIVE_UP_PROTOCOL);
  write_all(report, length);
  if (length > 4 * REPORT_FLUSH) RAW3(SYS_madvise, report, REPORT_LIMIT, 9 /* MADV_REMOVE */);
  shared->written = 0;
  was_taken = 1;
}

/* Waits until the runner stops or ends; whatever it has forked ends with it. */
static int collect(int *status) {
  siginfo_t info;
  i64 got = RAW5(SYS_waitid, P_PID, runner, &info, WEXITED | WSTOPPED | WNOWAIT, 0);
  if (got < 0) return (int)got;
  int has_ended = info.si_code != CLD_STOPPED;
  if (has_ended) RAW2(SYS_kill, -runner, SIGKILL); /* its number is still its own */
  return (int)RAW4(SYS_wait4, runner, status, WUNTRACED, 0);
}

/* With what it has forked. */
static void kill_runner(int process, int *status) {
  RAW2(SYS_kill, process, SIGKILL);
  RAW2(SYS_kill, -process, SIGKILL);
  RAW4(SYS_wait4, process, status, 0, 0);
}

/* Waits until the runner stops or ends; kills it when one op has had its time. */
static enum hang wait_for_runner(int *status) {
  struct moment then = {~0UL, 0, 0, 0}; /* until the first tick: most ops are over by then */
  enum hang hang = NO_HANG;
  tick(1);
  for (;;) {
    i64 got = collect(status);
    if (got == runner) break;
    if (got != -EINTR) give_up(GIVE_UP_PROTOCOL);
    struct moment now = moment_of(runner);
    if (now.serial != then.serial) then = now;
    else hang = is_over_time(&then, &now);
    if (hang != NO_HANG) {
      kill_runner(runner, status);
      break;
    }
  }
  tick(0);
  return hang;
}

static void forget_output(void) {
  for (int i = 0; i < 2; i++) {
    RAW2(SYS_ftruncate, output[i], 0);
  }
}

static void start_runner(void) {
  int server = (int)RAW0(SYS_getpid);
  forget_output();
  shared->signal = shared->has_fault = shared->fault_address = 0;
  shared->calls_count = shared->traces_run = shared->frames_count = 0;
  shared->trace = next_trace;
  shared->op = 0;
  shared->trace_start = shared->written;
  shared->given = 0;
  shared->batch_done = shared->trace_done = shared->wants_flush = 0;
  shared->phase = PHASE_IDLE;
  hold_ends(SIG_BLOCK);
  runner = fork();
  if (runner == 0) begin_runner(server);
  if (runner < 0) give_up(GIVE_UP_MEMORY);
  RAW2(SYS_setpgid, runner, runner); /* whoever is first: its group is there from here on */
  hold_ends(SIG_UNBLOCK);
}

static void advance(void) {
  cursor += ((const struct trace_head *)cursor)->words;
  next_trace++;
}

/* Where the runner is, when it takes many: its own cursor is not ours. */
static void follow_runner(void) {
  while (next_trace < shared->trace && next_trace < batch->traces) advance();
}

/* Lets the runner go on until it stops or ends; how it ended is in the report then. */
static enum stop let_run(void) {
  int status = 0;
  if (runner == 0) start_runner();
  else RAW2(SYS_kill, runner, SIGCONT);
  enum hang hang = wait_for_runner(&status);
  follow_runner();
  if (hang == NO_HANG && WIFSTOPPED(status)) {
    if (shared->batch_done) return STOP_DONE;
    if (shared->wants_flush) {
      shared->wants_flush = 0;
      return STOP_FULL;
    }
    kill_runner(runner, &status); /* it stopped itself */
    hang = HANG_STOPPED;
  }
  runner = 0;
  last_hang = hang;
  if (!shared->trace_done) end_trace_by_death(hang, status);
  return STOP_ENDED;
}

/* After batches 1, 2, 4, 8…, and the first deaths. A runner's first trace has nothing to inherit. */
static int is_due(enum stop stop) {
  if (forks_each || config.isolation != ISOLATION_AUTO || shared->traces_run < 2) return 0;
  if (stop == STOP_ENDED) return deaths++ < DEATHS_CHECKED;
  batches++;
  return (batches & (batches - 1)) == 0;
}

static void put_notice(void) {
  u32 *to = (u32 *)(report + shared->written);
  to[0] = 1 | (u32)RECORD_NOTICE << 24;
  to[1] = forks_each;
  shared->written += 8;
}

static int same_bytes(const u8 *a, const u8 *b, u64 length) {
  for (u64 i = 0; i < length; i++)
    if (a[i] != b[i]) return 0;
  return 1;
}

/* Its records come behind those that end at `end`. */
static enum stop run_again(u64 end) {
  int status = 0;
  shared->written = end;
  runner = 0;
  enum stop stop = let_run();
  if (stop == STOP_FULL) kill_runner(runner, &status); /* too long to be compared */
  return stop;
}

static int repeats(u64 start, u64 end) {
  return shared->written - end == end - start && same_bytes(report + start, report + end, end - start);
}

/* The trace that ended last once more, in a process of its own. If the records differ, the new ones
   stand in their place, and it is a fork for each trace from here on. */
static int agrees_with_fork(void) {
  u64 start = shared->trace_start, end = shared->written;
  int kept = runner, status = 0;
  if (start == NOT_THERE) return 1;
  kept_runner = kept;
  forks_each = 1;
  is_hasty = kept == 0 && last_hang != NO_HANG;
  enum stop stop = run_again(end);
  if (is_hasty && !repeats(start, end)) {
    is_hasty = 0; /* what is merely slow must not seem to hang */
    stop = run_again(end);
  }
  is_hasty = 0;
  u64 again = shared->written - end;
  int is_same = repeats(start, end);
  if (is_same || stop == STOP_FULL) {
    shared->written = end;
    forks_each = 0;
    runner = kept;
    kept_runner = 0;
    return 1;
  }
  if (kept != 0) kill_runner(kept, &status);
  runner = kept_runner = 0;
  copy_bytes(report + start, report + end, again);
  shared->written = start + again;
  put_notice();
  return 0;
}

static void rewind_batch(void) {
  cursor = (const u64 *)(batch + 1);
  next_trace = 0;
}

/* Where traces share a process, what looks wrong is looked into in one that nothing came before: a batch of
   one trace, or with everything checked. The shared process ends, as what looked wrong may have harmed it. */
static void choose_process(void) {
  int status = 0;
  if (config.isolation != ISOLATION_SHARED) return;
  forks_each = batch->traces == 1 || (batch->manner & EVERYTHING);
  if (!forks_each || runner == 0) return;
  kill_runner(runner, &status);
  runner = 0;
}

/* The parent looks at the runner's memory, and says when it may go on. */
static void wait_for_witness(void) {
  u32 stopped[2] = {1 | (u32)RECORD_STOPPED << 24, (u32)runner};
  u64 word;
  write_all((const u8 *)stopped, sizeof stopped);
  if (!read_all(&word, sizeof word)) end_server();
}

static void run_batch(void) {
  choose_process();
  rewind_batch();
  was_taken = 0;
  while (next_trace < batch->traces) {
    enum stop stop = let_run();
    if (stop == STOP_FULL) {
      take_report();
      if (batch->manner & WITNESSED) wait_for_witness();
      continue;
    }
    if (is_due(stop) && !agrees_with_fork() && stop == STOP_DONE && !was_taken) {
      shared->written = 0; /* who knows since when: all of them again */
      put_notice();
      rewind_batch();
      continue;
    }
    if (stop == STOP_DONE) break;
    advance();
    /* Who hears of a hang may want no more of the batch. */
    if (shared->written >= REPORT_FLUSH || last_hang != NO_HANG) take_report();
  }
  take_report();
}
