// The runner: the process in which the target lives. It executes traces from the batch, leaves their
// records in shared memory, and stops itself when they are to be taken.
#include "process.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <ucontext.h>

#define OUTPUT_LIMIT (64UL << 10) /* bytes that the target may write to stdout, and to stderr */
#define SIGNAL_STACK (64UL << 10)

/* Linux puts mappings side by side: what reads past the end of one goes on. */
static int reads_on(const siginfo_t *info, const greg_t *registers) {
  u64 page = (u64)info->si_addr / PAGE * PAGE;
  int is_read = registers[REG_TRAPNO] == 14 && !(registers[REG_ERR] & 2);
  if (!run.forgiving || !is_read || !os_is_past_mapping(page)) return 0;
  return RAW3(SYS_mprotect, page, PAGE, PROT_READ) == 0;
}

static void on_fatal_signal(int number, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  if (take_trap(number, registers)) return;
  if (shared->signal != 0) give_up(128 + (int)shared->signal); /* in here, see below */
  int has_address = number == SIGSEGV || number == SIGBUS;
  if (number == SIGSEGV && reads_on(info, registers)) return;
  shared->signal = (u32)number;
  shared->has_fault = has_address && registers[REG_TRAPNO] == 14;
  /* Elsewhere the sender's process id lies there, by which no two runs are alike. */
  shared->fault_address = shared->has_fault ? (u64)info->si_addr : 0;
  shared->access = registers[REG_ERR] & 2 ? ACCESS_WRITE : ACCESS_READ;
  note_frames((u64)registers[REG_RIP], (u64)registers[REG_RIP]);
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

static void die_with(int parent, int of) {
  prctl(PR_SET_PDEATHSIG, of);
  if ((int)RAW0(SYS_getppid) != parent) give_up(GIVE_UP_PROTOCOL);
}

/* What the target forks is not to go on with our work: the report is not there for it. It ends with us. */
static void die_with_runner(void) { prctl(PR_SET_PDEATHSIG, SIGKILL); }

static void keep_from_forks(void) {
  RAW3(SYS_madvise, shared, page_ceil(sizeof *shared), MADV_DONTFORK);
  RAW3(SYS_madvise, input, INPUT_LIMIT, MADV_DONTFORK);
  RAW3(SYS_madvise, report, REPORT_LIMIT, MADV_DONTFORK);
  pthread_atfork(0, 0, die_with_runner);
}

static void stop_self(void) { RAW2(SYS_kill, RAW0(SYS_getpid), SIGSTOP); }

static void flush_report(void) {
  shared->trace_start = NOT_THERE;
  shared->wants_flush = 1;
  stop_self();
}

static void report_end(void) {
  u32 *to = (u32 *)(report + shared->written);
  to[0] = 1 | (u32)RECORD_END << 24;
  to[1] = shared->trace;
  shared->written += 8;
}

/* Rounding as it was at the start, and no exceptions: we compute with doubles, too. */
#define FRESH_MXCSR 0x1f80

/* In the runner: from `next_trace` on. */
static void run_traces(void) {
  for (;;) {
    const struct trace_head *head = (const struct trace_head *)cursor;
    shared->trace = next_trace;
    shared->op = 0;
    shared->trace_start = shared->written;
    shared->traces_run++;
    run.everything = batch->manner & EVERYTHING;
    run.forgiving = batch->manner & FORGIVING;
    run.witnessed = batch->manner & WITNESSED;
    run.salt = (u32)batch->salt;
    run.flush_at = batch->manner & CAREFUL ? 1 : REPORT_FLUSH;
    shared->trace_done = 0;
    __builtin_ia32_ldmxcsr(FRESH_MXCSR);
    begin_edges();
    int is_whole = run_trace(head);
    report_edges();
    report_end();
    shared->phase = PHASE_IDLE;
    shared->trace_done = 1;
    if (forks_each) give_up(0);
    if (config.isolation != ISOLATION_SHARED) restore_snapshot();
    else if (!is_whole) give_up(0);
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
  die_with(server, SIGKILL);
  RAW2(SYS_setpgid, 0, 0);
  signal(SIGTERM, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  hold_ends(SIG_UNBLOCK);
  keep_from_forks();
  RAW1(SYS_close, FROM_PARENT);
  RAW1(SYS_close, TO_PARENT);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, OUTPUT_LIMIT);
  catch_signals();
  if (!forks_each && config.isolation != ISOLATION_SHARED) take_snapshot();
  run_traces();
  give_up(0);
}
