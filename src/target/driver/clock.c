// How long an op takes, in the two ways in which it may take too long: by working, counted in CPU time, and by
// sleeping. The time in which it could have run, but a busy machine had no processor for it, is neither.
#include "process.h"

#include <sys/time.h>
#include <time.h>

#define TICK_US 20000

struct moment {
  u64 serial; /* of the op */
  u64 cpu, wall, waited; /* nanoseconds */
};

static u64 clock_ns(long clock) {
  struct timespec time = {0, 0};
  RAW2(SYS_clock_gettime, clock, &time);
  return (u64)time.tv_sec * 1000000000UL + (u64)time.tv_nsec;
}

static char *put_decimal(char *to, u64 number) {
  if (number >= 10) to = put_decimal(to, number / 10);
  *to = (char)('0' + number % 10);
  return to + 1;
}

/* How long the process has waited for a processor; 0 where the system does not say. */
static u64 waited_ns(int process) {
  char path[40] = "/proc/", text[64];
  u64 numbers[2] = {0, 0};
  copy_bytes(put_decimal(path + 6, (u64)process), "/schedstat", 11);
  int file = (int)RAW3(SYS_open, path, 0, 0);
  i64 got = file < 0 ? 0 : RAW3(SYS_read, file, text, sizeof text);
  if (file >= 0) RAW1(SYS_close, file);
  for (i64 i = 0, at = 0; i < got && at < 2; i++) {
    if (text[i] >= '0' && text[i] <= '9') numbers[at] = numbers[at] * 10 + (u64)(text[i] - '0');
    else at++;
  }
  return numbers[1];
}

static struct moment moment_of(int process) {
  /* The CPU clock of another process, as clock_getcpuclockid makes it. */
  u64 cpu = clock_ns((~(long)process << 3) | 2);
  return (struct moment){shared->serial, cpu, clock_ns(CLOCK_MONOTONIC), waited_ns(process)};
}

#define WATCHED_IS_SLOWER 20 /* a trap for each instruction */

/* Set while what has hung is run again: three quarters less will do to see whether it goes on as before. */
static int is_hasty DRIVER_STATE;

/* Whether the op that ran at `then` and still runs `now` has had its time. */
static enum hang is_over_time(const struct moment *then, const struct moment *now) {
  u64 worked = now->cpu - then->cpu, waited = now->waited - then->waited;
  u64 all = now->wall - then->wall, asleep = all > worked + waited ? all - worked - waited : 0;
  u64 slower = batch->manner & WATCHING ? WATCHED_IS_SLOWER : 1, hasty = is_hasty ? 4 : 1;
  if (worked >= slower * config.cpu_limit_ms * 1000000UL / hasty) return HANG_BUSY;
  return asleep >= config.wall_limit_ms * 1000000UL / hasty ? HANG_ASLEEP : NO_HANG;
}

/* SIGALRM now and then, so that who waits can look at the clock. */
static void tick(int on) {
  struct itimerval timer = {{0, on ? TICK_US : 0}, {0, on ? TICK_US : 0}};
  setitimer(ITIMER_REAL, &timer, 0);
}
