// The simulated operating system that the target's calls reach: see os.c.
#ifndef ALLOCHECK_OS_H
#define ALLOCHECK_OS_H

#include "shared.h"

struct os {
  u64 brk;
  u64 accessible; /* heap addresses below it can be accessed; whole pages */
  u64 heap_high;  /* highest end of accessible heap in this trace */
  u64 next;       /* where the next mapping goes */
  u64 map_dirty;  /* mapping area below it may hold bytes of an earlier trace */
  u64 mapped;     /* bytes of all mappings */
  u64 mappings;   /* entries in the table, dead ones included */
  u64 growths, mmaps;
  u32 failing_growths, failing_mmaps;
  u32 recording;
  u32 ready;
  u32 heap_holes;
};

static void os_prepare(void);
/* A fresh process, at the cost of what the last trace touched. */
static void os_reset(void);
static void os_fail_growth(u64 nth);
static void os_fail_mmap(u64 nth);
/* Whether nobody ever had this page of the mapping area: it is behind a mapping, or behind all of them. */
static int os_is_past_mapping(u64 page);
/* How many of the `length` bytes at `at` are mapped in one stretch of heap or in one mapping. */
static u64 os_stretch(u64 at, u64 length);

/* Looks for writes between the break and the end of its page: see canary.c. */
static void check_canary(int everything);

static struct os os DRIVER_STATE;

#endif
