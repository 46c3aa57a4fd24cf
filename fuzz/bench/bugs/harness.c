// What a C programmer would write to check an allocator with libFuzzer or AFL++: the bytes of an input become
// calls, and after each call everything is checked that allocheck checks. It stands on allocheck's own simulated
// operating system and its patterns in payloads (src/target/driver), so that both see the same; the rules of osmem
// (rules.h) are said again in C, for the fuzzers to have them compiled in. All runs in one process: between runs the
// target's variables, which lie in sections of their own (sections.h), are put back as they were.
//
//   program              libFuzzer's (LIBFUZZER), or AFL++'s in persistent mode (AFL)
//   BUGS_TALLY=FILE      where it counts, and notes the first failure and when it was: `struct tally`
// Without either it runs what it is given as files, inputs or (`--ops`) ops as numbers, and prints the trace.
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// The target's calls go here, by other names; the fuzzer's own stay the system's.
#define sbrk target_sbrk
#define brk target_brk
#define mmap target_mmap
#define mmap64 target_mmap64
#define munmap target_munmap
#define mremap target_mremap
#define getpagesize target_getpagesize
#define syscall target_syscall
#include "canary.c"
#include "os.c"
#include "calls.c"
#include "memlib.c"
#include "payload.c"
#include "target.h"

enum { SLOTS = 4096, MOST_OPS = 4096 };

/* In a file that the bench reads while this runs. Times are of CLOCK_MONOTONIC, in nanoseconds. */
struct tally {
  volatile u64 started, failed, runs, calls;
  volatile u64 length, calls_then; /* calls of the first failing run, and of all till then */
  char check[32];      /* which check failed */
};

static struct tally own_tally, *tally = &own_tally;
static volatile u32 in_call, ticks;
static volatile u64 serial, last_serial;
static u32 calls_of_run;
static sigjmp_buf way_out;
static int prints;

static u64 now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (u64)time.tv_sec * 1000000000u + (u64)time.tv_nsec;
}

static __attribute__((noreturn)) void fail(const char *check) {
  in_call = 0;
  if (tally->failed == 0) {
    tally->failed = now();
    tally->length = calls_of_run;
    tally->calls_then = tally->calls;
    strncpy(tally->check, check, sizeof tally->check - 1);
  }
  if (prints) printf("# %s\n", check), fflush(stdout);
  abort();
}

static void add_broken(u32 slot, u64 offset, u32 expected, i32 actual, u32 check) {
  static const char *const names[] = {"contents", "realloc-prefix", "zeroing", "containment"};
  fail(names[check]);
}

#include "rules.h"

/* A target that ends the program may do so in the call whose system call failed. */
static void end_program(void) {
  if (!in_call) _exit(0);
  if (!any_call_failed()) fail("termination");
  siglongjmp(way_out, 1);
}
void target_exit(void) { end_program(); }
void target_quick_exit(void) { end_program(); }
void target_abort(void) { end_program(); }
void target_err(void) { end_program(); }
void target_errx(void) { end_program(); }
void target_assert_fail(void) { end_program(); }

static void take_fault(int number) {
  if (in_call || run.slots > 0) fail("termination");
  signal(number, SIG_DFL);
}

/* A call that takes three ticks of 50 ms of CPU time has not returned. */
static void take_tick(int number) {
  if (!in_call || serial != last_serial) ticks = 0;
  last_serial = serial;
  if (in_call && ++ticks > 3) fail("termination");
}

static void handle(int number, void (*handler)(int)) {
  struct sigaction action = {0};
  action.sa_handler = handler;
  action.sa_flags = SA_ONSTACK | SA_NODEFER | SA_RESTART;
  sigaction(number, &action, 0);
}

/* In each process that runs inputs: timers and signal stacks are not inherited. */
static void arm_process(void) {
  static char room[1 << 16];
  stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
  sigaltstack(&stack, 0);
  handle(SIGSEGV, take_fault), handle(SIGBUS, take_fault);
  handle(SIGILL, take_fault), handle(SIGFPE, take_fault), handle(SIGVTALRM, take_tick);
  struct itimerval timer = {{0, 50000}, {0, 50000}};
  setitimer(ITIMER_VIRTUAL, &timer, 0);
}

/* The target's variables: see sections.h. Some have none of one kind. */
extern u8 __start_target_data[] __attribute__((weak)), __stop_target_data[] __attribute__((weak));
extern u8 __start_target_bss[] __attribute__((weak)), __stop_target_bss[] __attribute__((weak));
static u8 *data_copy, *bss_copy;

static u8 *copy_of(const u8 *from, const u8 *to) {
  return memcpy(malloc((size_t)(to - from) + 1), from, (size_t)(to - from));
}

static void prepare(void) {
  const char *file = getenv("BUGS_TALLY");
  if (file) {
    int fd = open(file, O_RDWR);
    if (fd < 0) exit(2);
    tally = (void *)raw6(SYS_mmap, 0, sizeof *tally, MEM_READ_WRITE, 1 /* MAP_SHARED */, fd, 0);
  }
  config.placement = config.failures = OSMEM;
  config.heap_limit = OSMEM ? 0 : 20 << 20;
  shared = raw_map(0, sizeof *shared, MEM_READ_WRITE, MEM_PRIVATE);
  slots = raw_map(0, SLOT_LIMIT * sizeof *slots, MEM_READ_WRITE, MEM_PRIVATE);
  os_prepare();
  data_copy = copy_of(__start_target_data, __stop_target_data);
  bss_copy = copy_of(__start_target_bss, __stop_target_bss);
}

static void begin_run(void) {
  memcpy(__start_target_data, data_copy, (size_t)(__stop_target_data - __start_target_data));
  memcpy(__start_target_bss, bss_copy, (size_t)(__stop_target_bss - __start_target_bss));
  os_reset();
  run.epoch++;
  run.slots = 0;
  run.everything = 0;
  run.stale_pointer = 0;
  calls_of_run = 0;
  begin_rules();
  if (tally->started == 0) tally->started = now();
  tally->runs++;
}

struct todo {
  u32 kind, slot;
  u64 count, size;
};

static u64 call_target(const struct todo *op, u64 given) {
  switch (op->kind) {
    case OP_MALLOC: return (u64)target_malloc(op->size);
    case OP_CALLOC: return (u64)target_calloc(op->count, op->size);
    case OP_REALLOC: case OP_STALE_REALLOC: return (u64)target_realloc((void *)given, op->size);
    default: target_free((void *)given); return 0;
  }
}

static void print_op(const struct todo *op) {
  long slot = op->slot == NO_SLOT ? -1 : (long)op->slot;
  static const char letters[] = "acrffsd";
  if (op->kind >= OP_FAIL_SBRK) printf("x %s %lu\n", op->kind == OP_FAIL_SBRK ? "sbrk" : "mmap", op->size);
  else if (op->kind == OP_CALLOC) printf("c %ld %lu %lu\n", slot, op->count, op->size);
  else if (op->kind == OP_FREE || op->kind == OP_FREE_NULL) printf("f %ld\n", slot);
  else printf("%c %ld %lu\n", letters[op->kind], slot, op->size);
  fflush(stdout);
}

/* 0: the run is over, as the program ended itself, lawfully. */
static int perform(const struct todo *op) {
  if (prints) print_op(op);
  int lives = op->kind != OP_FREE_NULL && op->slot != NO_SLOT && is_live(op->slot);
  u64 given = lives ? slots[op->slot].pointer : op->kind == OP_STALE_REALLOC ? run.stale_pointer : 0;
  struct call_made made = begin_call(op->kind, given, lives ? slots[op->slot].size : 0, op->count, op->size);
  calls_of_run++;
  tally->calls++;
  if (lives) check_slot(op->slot);
  run.stale_pointer = 0;
  if (sigsetjmp(way_out, 0)) return 0;
  shared->calls_count = 0;
  os.recording = 1;
  serial++;
  in_call = 1;
  u64 result = call_target(op, given);
  in_call = 0;
  os.recording = 0;
  check_canary(0);
  if (canary.broken) fail("containment");
  judge(&made, result);
  if (made.does == RELEASES) {
    slots[op->slot].epoch = 0;
    if (made.old_in_heap) run.stale_pointer = given;
  } else if (result != 0 && made.does == RESIZES) {
    check_prefix(op->slot, result, made.bytes);
    slots[op->slot].pointer = result;
    slots[op->slot].size = made.bytes;
    fill_slot(op->slot);
  } else if (result != 0) {
    if (op->slot >= run.slots) run.slots = op->slot + 1;
    slots[op->slot] = (struct slot){result, made.bytes, calls_of_run, run.epoch};
    if (op->kind == OP_CALLOC) check_zeros(op->slot, result, made.bytes);
    fill_slot(op->slot);
  }
  return 1;
}

#include "decode.h"

/* Returns 0 if the allocator would not start. */
static int start_target(void) {
  if (!HAS_INIT) return 1;
  if (sigsetjmp(way_out, 0)) return 0;
  serial++;
  in_call = 1;
  long said = target_init(0, 0);
  in_call = 0;
  return (i32)said != -1;
}

static void end_run(void) {
  check_canary(1);
  if (canary.broken) fail("containment");
  check_all(NO_SLOT);
}

static void run_input(const u8 *data, size_t length) {
  struct todo op;
  begin_run();
  if (!start_target()) return;
  for (u32 i = 0; i < MOST_OPS && decode(&data, &length, &op); i++)
    if (!perform(&op)) return;
  end_run();
}

#ifdef LIBFUZZER
int LLVMFuzzerInitialize(int *count, char ***arguments) {
  prepare();
  arm_process();
  return 0;
}
int LLVMFuzzerTestOneInput(const u8 *data, size_t length) {
  run_input(data, length);
  return 0;
}
#elif defined AFL
__AFL_FUZZ_INIT();
int main(void) {
  prepare();
  __AFL_INIT();
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* of the fork server; a child that is stopped would stay for ever */
  arm_process();
  const u8 *data = __AFL_FUZZ_TESTCASE_BUF;
  while (__AFL_LOOP(1000000)) run_input(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
  return 0;
}
#else
#include "replay.h"
#endif
