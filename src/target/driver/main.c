// The native driver. A server reads batches of traces from descriptor 3 and writes reports to descriptor
// 4; a runner, forked from it, executes the target. The runner has neither descriptor; it leaves its
// report in shared memory, and may end in any way and at any op: the server then says how, and the next
// runner goes on with the next trace.
#include "process.h"

#include <errno.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>

static char **arguments DRIVER_STATE;
static char **environment DRIVER_STATE;

/* A stack frame of gigabytes is to miss our memory, which lies below this. */
#define BELOW_STACK (16UL << 30)

/* Before the target's constructors. */
static void prepare(int argc, char **argv, char **envp) {
  (void)argc;
  arguments = argv;
  environment = envp;
  raw_map(0, BELOW_STACK, MEM_NONE, MEM_PRIVATE);
  os_prepare();
}
__attribute__((section(".preinit_array"), used)) static void (*const prepare_early)(
    int, char **, char **) = prepare;

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
  ((u32 *)hello)[1] = forks_each;
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

static void on_tick(int number) { (void)number; }

/* Without SA_RESTART, so that a tick interrupts the wait for the runner. */
static void catch_ticks(void) {
  struct sigaction action = {0};
  action.sa_handler = on_tick;
  sigaction(SIGALRM, &action, 0);
}

static void share_memory(void) {
  shared = raw_map(0, page_ceil(sizeof *shared), MEM_READ_WRITE, MEM_SHARED);
  input = raw_map(0, INPUT_LIMIT, MEM_READ_WRITE, MEM_SHARED);
  report = raw_map(0, REPORT_LIMIT, MEM_READ_WRITE, MEM_SHARED);
  if (failed(shared) || failed(input) || failed(report)) give_up(GIVE_UP_MEMORY);
  batch = (const struct batch_head *)input;
}

static void read_config(void) {
  u64 rest = sizeof config - sizeof config.words;
  if (!read_all(&config.words, sizeof config.words) || config.words * 8 != rest)
    give_up(GIVE_UP_PROTOCOL);
  if (!read_all(&config.placement, rest)) give_up(GIVE_UP_PROTOCOL);
}

static int read_batch(void) {
  if (!read_all(input, sizeof *batch)) return 0;
  u64 length = batch->words * 8;
  if (length > INPUT_LIMIT || length < sizeof *batch) give_up(GIVE_UP_PROTOCOL);
  return read_all(input + sizeof *batch / 8, length - sizeof *batch);
}

int main(void) {
  die_with((int)RAW0(SYS_getppid), SIGTERM);
  fix_addresses();
  prctl(PR_SET_NAME, "allocheck");
  share_memory();
  read_config();
  forks_each = config.isolation == ISOLATION_FORK ||
               (config.isolation != ISOLATION_SHARED && !can_snapshot());
  run_prepare();
  capture_output();
  rehearse();
  catch_ticks();
  catch_ends();
  say_hello();
  while (read_batch()) run_batch();
  end_server();
}
