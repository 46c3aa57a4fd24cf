// See watch.h.
#include "watch.h"

#include "coverage.h"
#include "os.h"
#include "process.h"

#define TRAP_FLAG 0x100UL
/* A call of more instructions is not watched to its end, and nothing is told of it: so that what is told does not
   depend on how fast the machine is. At 1 to 20 microseconds each, a part of a second. */
#define TRAPS_MOST 30000

static struct watch {
  u64 at, was, last; /* the word, what was in it, and the instruction that comes next */
  u32 on, traps;
} watch DRIVER_STATE;

static int is_readable(u64 at) {
  if (at >= HEAP_START && at < HEAP_START + HEAP_LIMIT) return at + 8 <= os.accessible;
  return os_stretch(at, 8) == 8;
}

static u64 watched_word(void) { return is_readable(watch.at) ? *(volatile u64 *)watch.at : 0; }

static void begin_watch(u32 op) {
  if (!(batch->manner & WATCHING) || batch->watched_op != op) return;
  shared->frames_count = 0;
  watch.at = batch->watched;
  watch.was = watched_word();
  watch.last = 0;
  watch.traps = 0;
  watch.on = 1;
  __asm__ volatile("lea -128(%%rsp), %%rsp\n pushfq\n orq %0, (%%rsp)\n popfq\n lea 128(%%rsp), %%rsp"
                   :
                   : "i"(TRAP_FLAG)
                   : "memory", "cc");
}

/* The last write of the call stays noted; one record tells it. */
static void end_watch(void) {
  if (!watch.on) return;
  __asm__ volatile("lea -128(%%rsp), %%rsp\n pushfq\n andq %0, (%%rsp)\n popfq\n lea 128(%%rsp), %%rsp"
                   :
                   : "i"(~TRAP_FLAG)
                   : "memory", "cc");
  watch.on = 0;
  u64 *to = (u64 *)(report + shared->written);
  u32 count = shared->frames_count, words = 2 + count;
  ((u32 *)to)[0] = words | (u32)RECORD_WRITER << 24;
  ((u32 *)to)[1] = shared->op;
  to[1] = watched_word();
  for (u32 i = 0; i < count; i++) ((double *)to)[2 + i] = as_double(shared->frames[i]);
  shared->written += words * 8UL;
  shared->frames_count = 0;
}

static int take_trap(int number, greg_t *registers) {
  if (!watch.on || number != SIGTRAP) return 0;
  if (is_counting((u64)registers[REG_RIP])) return 1;
  if (++watch.traps > TRAPS_MOST) {
    registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
    watch.on = 0;
    shared->frames_count = 0;
    return 1;
  }
  u64 now = watched_word();
  if (now != watch.was) note_frames(watch.last, (u64)registers[REG_RIP]);
  watch.was = now;
  watch.last = (u64)registers[REG_RIP];
  return 1;
}
