// The driver: a server that reads batches of traces from descriptor 3 and writes reports to descriptor 4,
// and a runner, forked from it, in which the target executes them. The runner has neither descriptor; it
// leaves its report in shared memory, stops itself when that is to be taken, and may end in any way and
// at any op: the server then says how, and the next runner goes on with the next trace.
//
// The runner takes one trace (a fork for each), or many, putting the target's writable memory back
// between them (snapshot.c).
#include "snapshot.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

#define FROM_PARENT 3
#define TO_PARENT 4
#define OUTPUT_LIMIT (64UL << 10) /* bytes that the target may write to stdout, and to stderr */
#define OUTPUT_TOLD 512           /* of which these last ones are reported */
#define TICK_US 20000
#define SIGNAL_STACK (64UL << 10)

static u32 forks_each DRIVER_STATE; /* a fork per trace */
static int output[2] DRIVER_STATE = {-1, -1};
static const struct batch_head *batch DRIVER_STATE;
static const u64 *cursor DRIVER_STATE; /* the trace to run next */
static u32 next_trace DRIVER_STATE;
static int runner DRIVER_STATE;
static char **arguments DRIVER_STATE;
static char **environment DRIVER_STATE;

/* Before the target's constructors. */
static void prepare(int argc, char **argv, char **envp) {
  (void)argc;
  arguments = argv;
  environment = envp;
  os_prepare();
}
__attribute__((section(".preinit_array"), used)) static void (*const prepare_early)(
    int, char **, char **) = prepare;

// ---- the runner ----

static void on_fatal_signal(int number, siginfo_t *info, void *context) {
  const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  int has_address = number == SIGSEGV || number == SIGBUS;
  shared->signal = (u32)number;
  shared->has_fault = has_address && registers[REG_TRAPNO] == 14;
  shared->fault_address = (u64)info->si_addr;
  shared->access = registers[REG_ERR] & 2 ? ACCESS_WRITE : ACCESS_READ;
  give_up(128 + number);
}

static void catch_signals(void) {
  static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
  stack_t stack = {0};
  stack.ss_sp = raw_map(0, SIGNAL_STACK, MEM_READ_WRITE, MEM_PRIVATE);
  stack.ss_size = SIGNAL_STACK;
  sigaltstack(&stack, 0);
  struct sigaction action = {0};
  action.sa_sigaction = on_fatal_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (unsigned i = 0; i < sizeof fatal / sizeof *fatal; i++) sigaction(fatal[i], &action, 0);
  signal(SIGXFSZ, SIG_IGN);
}

static void limit(int what, u64 value) {
  struct rlimit rlimit = {value, value};
  setrlimit(what, &rlimit);
}

static void die_with(int parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if ((int)RAW0(SYS_getppid) != parent) give_up(GIVE_UP_PROTOCOL);
}

static void stop_self(void) { RAW2(SYS_kill, RAW0(SYS_getpid), SIGSTOP); }

static void flush_report(void) {
  shared->wants_flush = 1;
  stop_self();
}

static void report_end(void) {
  u32 *to = (u32 *)(report + shared->written);
  to[0] = 1 | (u32)RECORD_END << 24;
  to[1] = shared->trace;
  shared->written += 8;
}

/* In the runner: from `next_trace` on. */
static void run_traces(void) {
  for (;;) {
    const struct trace_head *head = (const struct trace_head *)cursor;
    shared->trace = next_trace;
    shared->op = 0;
    run.everything = batch->manner & EVERYTHING;
    run.flush_at = batch->manner & CAREFUL ? 1 : REPORT_FLUSH;
    shared->trace_done = 0;
    run_trace(head);
    report_end();
    shared->phase = PHASE_IDLE;
    shared->trace_done = 1;
    if (forks_each) give_up(0);
    restore_snapshot();
    cursor += head->words;
    next_trace++;
    if (next_trace == batch->traces) {
      shared->batch_done = 1;
      stop_self();
      shared->batch_done = 0;
      cursor = (const u64 *)(batch + 1);
      next_trace = 0;
    } else if (shared->written >= REPORT_FLUSH) {
      flush_report();
    }
  }
}

static void begin_runner(int server) {
  die_with(server);
  RAW1(SYS_close, FROM_PARENT);
  RAW1(SYS_close, TO_PARENT);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, OUTPUT_LIMIT);
  catch_signals();
  if (!forks_each) take_snapshot();
  run_traces();
}

// ---- the server ----

static void write_all(const u8 *from, u64 length) {
  while (length > 0) {
    i64 wrote = RAW3(SYS_write, TO_PARENT, from, length);
    if (wrote == -EINTR || wrote == -EAGAIN) continue;
    if (wrote <= 0) give_up(0);
    from += wrote;
    length -= (u64)wrote;
  }
}

static int read_all(void *to, u64 length) {
  u8 *at = to;
  while (length > 0) {
    i64 got = RAW3(SYS_read, FROM_PARENT, at, length);
    if (got == -EINTR) continue;
    if (got <= 0) return 0;
    at += got;
    length -= (u64)got;
  }
  return 1;
}

static void take_report(void) {
  u64 length = shared->written;
  if (length > REPORT_LIMIT) give_up(GIVE_UP_PROTOCOL);
  write_all(report, length);
  if (length > 4 * REPORT_FLUSH) RAW3(SYS_madvise, report, REPORT_LIMIT, 9 /* MADV_REMOVE */);
  shared->written = 0;
}

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
static void report_death(u32 outcome, int status) {
  u64 *to = (u64 *)(report + shared->written), words = 8;
  u32 *halves = (u32 *)to;
  int in_call = shared->phase == PHASE_CALL || shared->phase == PHASE_PAYLOAD;
  words += put_calls_of_dead(to + words);
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
  to[7] = 0;
  shared->written += words * 8;
  report_end();
}

static u64 cpu_ns(int process) {
  struct timespec time = {0, 0};
  /* The CPU clock of another process, as clock_getcpuclockid makes it. */
  RAW2(SYS_clock_gettime, (~(long)process << 3) | 2, &time);
  return (u64)time.tv_sec * 1000000000UL + (u64)time.tv_nsec;
}

static u64 wall_ns(void) {
  struct timespec time = {0, 0};
  RAW2(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
  return (u64)time.tv_sec * 1000000000UL + (u64)time.tv_nsec;
}

static void on_tick(int number) { (void)number; }

static void tick(int on) {
  struct itimerval timer = {{0, on ? TICK_US : 0}, {0, on ? TICK_US : 0}};
  setitimer(ITIMER_REAL, &timer, 0);
}

/* Waits until the runner stops or ends; kills it when one op has had its time. Returns whether it did. */
static int wait_for_runner(int *status) {
  u64 serial = shared->serial, cpu = cpu_ns(runner), wall = wall_ns();
  tick(1);
  for (;;) {
    i64 got = RAW4(SYS_wait4, runner, status, WUNTRACED, 0);
    if (got == runner) break;
    if (got != -EINTR) give_up(GIVE_UP_PROTOCOL);
    u64 cpu_now = cpu_ns(runner), wall_now = wall_ns();
    if (shared->serial != serial) {
      serial = shared->serial;
      cpu = cpu_now;
      wall = wall_now;
    } else if (cpu_now - cpu >= config.cpu_limit_ms * 1000000UL ||
               wall_now - wall >= config.wall_limit_ms * 1000000UL) {
      RAW2(SYS_kill, runner, SIGKILL);
      RAW4(SYS_wait4, runner, status, 0, 0);
      tick(0);
      return 1;
    }
  }
  tick(0);
  return 0;
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
  shared->calls_count = 0;
  shared->given = 0;
  shared->batch_done = shared->trace_done = shared->wants_flush = 0;
  shared->phase = PHASE_IDLE;
  runner = fork();
  if (runner == 0) begin_runner(server);
  if (runner < 0) give_up(GIVE_UP_MEMORY);
}

/* The op of a death that came before the first op or between traces is the first one. */
static void end_trace_by_death(int was_hung, int status) {
  u32 outcome = CUT_OFF;
  shared->trace = next_trace;
  if (was_hung) outcome = HUNG;
  else if (shared->signal != 0) outcome = CRASHED;
  else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) outcome = CRASHED;
  else if (WIFEXITED(status)) outcome = EXITED;
  report_death(outcome, status);
}

static void advance(void) {
  cursor += ((const struct trace_head *)cursor)->words;
  next_trace++;
}

/* Where the runner is, when it takes many: its own cursor is not ours. */
static void follow_runner(void) {
  while (next_trace < shared->trace && next_trace < batch->traces) advance();
}

static void run_batch(void) {
  cursor = (const u64 *)(batch + 1);
  next_trace = 0;
  shared->trace = 0;
  while (next_trace < batch->traces) {
    int status = 0;
    if (runner == 0) start_runner();
    else RAW2(SYS_kill, runner, SIGCONT);
    int was_hung = wait_for_runner(&status);
    if (!was_hung && WIFSTOPPED(status)) {
      if (!shared->batch_done && !shared->wants_flush) {
        RAW2(SYS_kill, runner, SIGKILL);
        RAW4(SYS_wait4, runner, &status, 0, 0);
        was_hung = 1;
      } else {
        shared->wants_flush = 0;
        follow_runner();
        take_report();
        if (shared->batch_done) return;
        continue;
      }
    }
    runner = 0;
    follow_runner();
    if (!shared->trace_done) end_trace_by_death(was_hung, status);
    advance();
    if (shared->written >= REPORT_FLUSH) take_report();
  }
  take_report();
}

static void capture_output(void) {
  for (int i = 0; i < 2; i++) {
    output[i] = (int)RAW2(SYS_memfd_create, "output", 0);
    if (output[i] < 0) give_up(GIVE_UP_MEMORY);
    RAW3(SYS_fcntl, output[i], 4 /* F_SETFL */, 02000 /* O_APPEND */);
    RAW2(SYS_dup2, output[i], i + 1);
  }
}

static void say_hello(void) {
  u64 hello[2];
  ((u32 *)hello)[0] = 2 | (u32)RECORD_HELLO << 24;
  ((u32 *)hello)[1] = 1;
  ((double *)hello)[1] = as_double(HEAP_START);
  write_all((const u8 *)hello, sizeof hello);
}

/* Once more from the start without randomized addresses, where the system lets us. */
static void fix_addresses(void) {
  int now = personality(0xffffffff);
  if (now < 0 || now & ADDR_NO_RANDOMIZE) return;
  if (personality((unsigned long)now | ADDR_NO_RANDOMIZE) < 0) return;
  if (!(personality(0xffffffff) & ADDR_NO_RANDOMIZE)) return;
  RAW3(SYS_execve, "/proc/self/exe", arguments, environment);
}

int main(void) {
  die_with((int)RAW0(SYS_getppid));
  fix_addresses();
  shared = raw_map(0, page_ceil(sizeof *shared), MEM_READ_WRITE, MEM_SHARED);
  input = raw_map(0, INPUT_LIMIT, MEM_READ_WRITE, MEM_SHARED);
  report = raw_map(0, REPORT_LIMIT, MEM_READ_WRITE, MEM_SHARED);
  if (failed(shared) || failed(input) || failed(report)) give_up(GIVE_UP_MEMORY);
  batch = (const struct batch_head *)input;
  if (!read_all(&config, 8) || config.words * 8 != sizeof config - 8) give_up(GIVE_UP_PROTOCOL);
  if (!read_all(&config.placement, sizeof config - 8)) give_up(GIVE_UP_PROTOCOL);
  forks_each = config.isolation == ISOLATION_FORK || !can_snapshot();
  run_prepare();
  capture_output();
  signal(SIGALRM, on_tick);
  struct sigaction action = {0};
  action.sa_handler = on_tick; /* without SA_RESTART: a tick interrupts the wait */
  sigaction(SIGALRM, &action, 0);
  say_hello();
  while (read_all(input, sizeof *batch)) {
    if (batch->words * 8 > INPUT_LIMIT || batch->words * 8 < sizeof *batch) give_up(GIVE_UP_PROTOCOL);
    if (!read_all(input + sizeof *batch / 8, batch->words * 8 - sizeof *batch)) break;
    run_batch();
  }
  give_up(0);
}
