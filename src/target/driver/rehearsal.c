// An earlier trace, for targets whose init function is called before each of many in one process: what it left
// in the target's variables must not matter to those that come. It is run once, before the first runner starts, so
// that snapshots and forks are of a target that has been used.
//
// A target that does not survive it is not rehearsed: what is wrong with it shows in the traces.
#include "process.h"
#include "target.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

#ifdef ALLOCHECK_INIT_AGAIN
#define SURVIVED 77

static void earlier_trace(void) {
  static const size_t sizes[] = {24, 100, 2000, 24, 5000, 300};
  enum { COUNT = sizeof sizes / sizeof *sizes };
  void *payloads[COUNT];
  u64 length = config.segment ? config.heap_limit : 0;
  target_init(length > 0 ? segment(length) : NULL, length);
  for (int i = 0; i < COUNT; i++) payloads[i] = target_malloc(sizes[i]);
  for (int i = 1; i < COUNT; i += 2)
    if (payloads[i] != NULL) target_free(payloads[i]);
}

/* In a process that nobody needs. */
static int survives(void) {
  int status = 0, server = (int)RAW0(SYS_getpid), process = fork();
  if (process == 0) {
    u64 wall = config.wall_limit_ms * 1000, cpu = config.cpu_limit_ms * 1000;
    struct itimerval work = {{0, 0}, {(time_t)(cpu / 1000000), (suseconds_t)(cpu % 1000000)}};
    struct itimerval sleep = {{0, 0}, {(time_t)(wall / 1000000), (suseconds_t)(wall % 1000000)}};
    die_with(server, SIGKILL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, OUTPUT_LIMIT);
    signal(SIGXFSZ, SIG_IGN);
    setitimer(ITIMER_PROF, &work, 0); /* their signals end it */
    setitimer(ITIMER_REAL, &sleep, 0);
    earlier_trace();
    give_up(SURVIVED);
  }
  if (process < 0) return 0;
  while (RAW4(SYS_wait4, process, &status, 0, 0) == -EINTR) continue;
  return WIFEXITED(status) && WEXITSTATUS(status) == SURVIVED;
}

static void rehearse(void) {
  if (!survives()) return;
  earlier_trace();
  os_reset();
}
#else
static void rehearse(void) {}
#endif
