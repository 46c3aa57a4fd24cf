// Pages for mappings far from the start of the mapping area. As no address is mapped twice in a trace, those
// that lie there would be cold in the processor's caches, or not there at all. So the same few pages serve
// one mapping after the other: they are moved to where it is, and back when it is unmapped.
#ifndef ALLOCHECK_POOL_H
#define ALLOCHECK_POOL_H

#include "clean.h"

#define POOL_LIMIT (64UL << 20)
#define POOL_TAKEN 64 /* stretches of it that are taken at a time */

struct range {
  u64 start, end;
};

static struct pool {
  u64 start;
  u64 high; /* no page from here on was ever taken */
  u32 count;
  struct range taken[POOL_TAKEN]; /* by address */
} pool DRIVER_STATE;

static void prepare_pool(void) {
  pool.start = pool.high = (u64)raw_map(0, POOL_LIMIT, MEM_READ_WRITE, MEM_PRIVATE);
  if (failed((void *)pool.start)) give_up(GIVE_UP_MEMORY);
}

static int move_pages(u64 from, u64 to, u64 length) {
  return RAW5(SYS_mremap, from, length, length, 3 /* MREMAP_MAYMOVE | MREMAP_FIXED */, to) == (long)to;
}

/* The lowest stretch that is free, 0 if there is none; `index` is its place among those taken. */
static u64 find_pages(u64 length, u32 *index) {
  u64 from = pool.start;
  u32 i = 0;
  while (i < pool.count && pool.taken[i].start - from < length) from = pool.taken[i++].end;
  *index = i;
  if (pool.count == POOL_TAKEN || length > pool.start + POOL_LIMIT - from) return 0;
  return from;
}

/* Zeroed pages at `at`, where nothing may be; returns where they come from, 0 if they cannot be had. */
static u64 take_pages(u64 at, u64 length) {
  u32 index;
  u64 from = find_pages(length, &index), end = from + length;
  if (from == 0 || !move_pages(from, at, length)) return 0;
  for (u32 i = pool.count++; i > index; i--) pool.taken[i] = pool.taken[i - 1];
  pool.taken[index] = (struct range){from, end};
  if (pool.high > from) clean_pages(at, at + (end < pool.high ? end : pool.high) - from);
  if (pool.high < end) pool.high = end;
  return from;
}

/* What is cut out of the middle of a stretch stays taken till the end of the trace. */
static void free_stretch(u64 from, u64 to) {
  u32 i = 0;
  while (i < pool.count && pool.taken[i].end <= from) i++;
  struct range *taken = &pool.taken[i];
  if (from == taken->start) taken->start = to;
  else if (to == taken->end) taken->end = from;
  if (taken->start < taken->end) return;
  for (pool.count--; i < pool.count; i++) pool.taken[i] = pool.taken[i + 1];
}

/* Whatever the target did to their protection, they can be written again. Leaves `at` unmapped. */
static void return_pages(u64 at, u64 from, u64 length) {
  if (!move_pages(at, from, length) || RAW3(SYS_mprotect, from, length, MEM_READ_WRITE) != 0) {
    void *again = raw_map(from, length, MEM_READ_WRITE, MEM_PRIVATE_FIXED);
    if (failed(again) || failed(raw_map(at, length, MEM_NONE, MEM_PRIVATE_FIXED)))
      give_up(GIVE_UP_MEMORY);
  }
  free_stretch(from, from + length);
}

#endif
