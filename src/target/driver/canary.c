// The canary: the bytes from the break to the end of its page. They can be accessed, as on any machine with
// pages, so the guard page behind them sees nothing of a write there; the canary does, after each op and
// before the break moves over it. What the break moves over is zero, as new memory is.
#include "os.h"

#define CANARY 0xC5
#define CANARY_NEAR 64   /* bytes behind the break that are looked at after each op */
#define CANARY_STRIDE 256 /* of those farther off */

typedef u64 __attribute__((aligned(1), may_alias)) word_at;

static struct canary {
  u64 from, to;
  u64 broken; /* the first address that was written, 0: none */
  u32 byte;   /* what is there */
} canary DRIVER_STATE;

static void fill_canary(u64 from, u64 to) {
  u64 length = to - from;
  __asm__ volatile("rep stosb" : "+D"(from), "+c"(length) : "a"(CANARY) : "memory");
}

static void look_at_canary(u64 from, u64 to) {
  const u64 whole = CANARY * 0x0101010101010101UL;
  if (canary.broken) return;
  while (from + 8 <= to && *(const word_at *)from == whole) from += 8;
  while (from < to && *(const u8 *)from == CANARY) from++;
  if (from >= to) return;
  canary.broken = from;
  canary.byte = *(const u8 *)from;
}

static void check_canary(int everything) {
  u64 near = canary.from + CANARY_NEAR;
  if (everything || near >= canary.to) {
    look_at_canary(canary.from, canary.to);
    return;
  }
  look_at_canary(canary.from, near);
  for (u64 at = near; at + 8 <= canary.to; at += CANARY_STRIDE) look_at_canary(at, at + 8);
}

/* Before the break moves, and perhaps gives its page back. */
static void lift_canary(u64 to) {
  u64 end = to > canary.from && to < canary.to ? to : canary.to;
  look_at_canary(canary.from, end);
}

/* The break has moved. In a heap with holes nobody knows what can be accessed. */
static void set_canary(void) {
  u64 from = os.brk, to = page_ceil(from), covered = from < canary.to ? from : canary.to;
  if (canary.from < covered) zero_bytes((void *)canary.from, covered - canary.from);
  if (os.heap_holes > 0) from = to = 0;
  else if (to != canary.to) fill_canary(from, to);
  else if (from < canary.from) fill_canary(from, canary.from);
  canary.from = from;
  canary.to = to;
}

static void forget_canary(void) { zero_bytes(&canary, sizeof canary); }
