// The simulated operating system: its heap, its mappings, and its failures on request. The heap and the
// mappings lie at fixed addresses inside two areas reserved at start, so that every execution is
// reproducible bit for bit; page protection follows the break and the mappings, so that an access to what is
// not mapped faults.
//
// As on Linux, but: an unmapped address is never mapped again within a trace, a guard page follows each
// mapping, and hints are not followed. Same rules and limits as src/memory/simulated-os.ts.
#include "os.h"

#include "pool.h"

#include <errno.h>

#define HEAP_KEPT (128UL << 10)   /* accessible from trace to trace, zeroed between them */
#define NEAR (MAPPING_START + (4UL << 20)) /* below it, pages stay where they are from trace to trace */
#define POOLED (8 * PAGE) /* from there on, mappings of this length or more get theirs from the pool */
#define ZERO_BY_HAND (4UL << 20)  /* longer stretches are given back to the kernel instead */
#define TABLE_LIMIT (1UL << 23)
#define FAILURES_LIMIT 4096
#define HOLES_LIMIT 64

struct mapping {
  u64 start, end;
  u64 far, pages; /* those from `far` on belong to the pool, there; 0: they do not */
};

static struct mapping *table DRIVER_STATE;
static u64 *growths_to_fail DRIVER_STATE;
static u64 *mmaps_to_fail DRIVER_STATE;
static struct range holes[HOLES_LIMIT] DRIVER_STATE;

static void protect(u64 from, u64 to, int protection) {
  if (from < to && RAW3(SYS_mprotect, from, to - from, protection) != 0) give_up(GIVE_UP_MEMORY);
}

/* Inaccessible, and zero when it comes again. */
static void give_back(u64 from, u64 to) {
  if (from < to && failed(raw_map(from, to - from, MEM_NONE, MEM_PRIVATE_FIXED)))
    give_up(GIVE_UP_MEMORY);
}

/* Early: the target's constructors may allocate before main. */
static void os_prepare(void) {
  if (os.ready) return;
  os.ready = 1;
  prepare_cleaning();
  prepare_pool();
  u64 heap = (u64)raw_map(HEAP_START, HEAP_LIMIT + PAGE, MEM_NONE, MEM_FIXED_NOREPLACE);
  u64 area = (u64)raw_map(MAPPING_START, MAPPING_LIMIT, MEM_NONE, MEM_FIXED_NOREPLACE);
  table = raw_map(0, TABLE_LIMIT * sizeof *table, MEM_READ_WRITE, MEM_PRIVATE);
  growths_to_fail = raw_map(0, 2 * FAILURES_LIMIT * sizeof(u64), MEM_READ_WRITE, MEM_PRIVATE);
  mmaps_to_fail = growths_to_fail + FAILURES_LIMIT;
  if (heap != HEAP_START || area != MAPPING_START || failed(table) || failed(growths_to_fail))
    give_up(GIVE_UP_MEMORY);
  os.brk = os.accessible = HEAP_START;
  os.next = os.map_dirty = MAPPING_START;
}

static void reset_heap(void) {
  u64 keep = HEAP_START + HEAP_KEPT;
  if (os.heap_holes > 0) {
    give_back(HEAP_START, os.accessible);
    os.accessible = HEAP_START;
  } else if (os.accessible > keep) {
    if (os.accessible - keep > ZERO_BY_HAND) {
      give_back(keep, os.accessible);
    } else {
      clean_pages(keep, os.accessible);
      protect(keep, os.accessible, MEM_NONE);
    }
    os.accessible = keep;
  }
  clean_pages(HEAP_START, os.accessible);
  os.brk = HEAP_START;
  os.heap_holes = 0;
  forget_canary();
}

static u64 far_part(u64 start, u64 end) { return start > NEAR ? start : end < NEAR ? end : NEAR; }

static void unmap_pages(const struct mapping *of, u64 start, u64 end) {
  u64 far = far_part(start, end);
  protect(start, far, MEM_NONE);
  if (of->pages == 0) give_back(far, end);
  else if (far < end) return_pages(far, of->pages + (far - of->far), end - far);
}

static void return_all_pages(void) {
  for (u64 i = 0; i < os.mappings && pool.count > 0; i++)
    if (table[i].pages != 0 && table[i].start < table[i].end)
      unmap_pages(&table[i], table[i].start, table[i].end);
  pool.count = 0;
}

static void reset_mappings(void) {
  u64 near = os.next < NEAR ? os.next : NEAR;
  if (os.mapped > 0) protect(MAPPING_START, near, MEM_NONE);
  if (pool.count > 0) return_all_pages();
  give_back(NEAR, os.next);
  if (os.map_dirty < near) os.map_dirty = near;
  os.next = MAPPING_START;
  os.mapped = os.mappings = 0;
}

static void os_reset(void) {
  reset_heap();
  if (os.next > MAPPING_START) reset_mappings();
  os.growths = os.mmaps = 0;
  os.failing_growths = os.failing_mmaps = 0;
}

static void arm(u64 *list, u32 *count, u64 which) {
  if (*count < FAILURES_LIMIT) list[(*count)++] = which;
}

static void os_fail_growth(u64 nth) { arm(growths_to_fail, &os.failing_growths, os.growths + nth); }
static void os_fail_mmap(u64 nth) { arm(mmaps_to_fail, &os.failing_mmaps, os.mmaps + nth); }

static int is_armed(u64 *list, u32 *count, u64 which) {
  int found = 0;
  for (u32 i = 0; i < *count;) {
    if (list[i] != which) {
      i++;
      continue;
    }
    list[i] = list[--*count];
    found = 1;
  }
  return found;
}

static void close_holes(void) {
  u32 kept = 0;
  for (u32 i = 0; i < os.heap_holes; i++) {
    if (holes[i].start >= os.accessible) continue;
    holes[kept] = holes[i];
    if (holes[kept].end > os.accessible) holes[kept].end = os.accessible;
    kept++;
  }
  os.heap_holes = kept;
}

static int move_break(i64 delta) {
  if (delta == 0) return 0;
  u64 to = os.brk + (u64)delta;
  if (delta > 0 && is_armed(growths_to_fail, &os.failing_growths, ++os.growths)) return ENOMEM;
  if (to < HEAP_START || to > HEAP_START + HEAP_LIMIT) return ENOMEM;
  if (delta < 0 && to > os.brk) return ENOMEM;
  u64 end = page_ceil(to);
  if (delta > 0 && end - HEAP_START + os.mapped > MEMORY_LIMIT) return ENOMEM;
  lift_canary(to);
  if (end > os.accessible) {
    if (RAW3(SYS_mprotect, os.accessible, end - os.accessible, MEM_READ_WRITE) != 0) return ENOMEM;
  } else if (end < os.accessible) {
    give_back(end, os.accessible);
  }
  os.accessible = end;
  os.brk = to;
  if (os.heap_holes > 0) close_holes();
  set_canary();
  return 0;
}

/* 0 or the errno. */
static int add_mapping(u64 length, int protection, u64 *start) {
  if (is_armed(mmaps_to_fail, &os.failing_mmaps, ++os.mmaps)) return ENOMEM;
  if (length == 0) return EINVAL;
  if (length >= TASK_SIZE) return ENOMEM;
  u64 pages = page_ceil(length);
  if (page_ceil(os.brk) - HEAP_START + os.mapped + pages > MEMORY_LIMIT) return ENOMEM;
  if (os.next + pages + PAGE > MAPPING_START + MAPPING_LIMIT || os.mappings >= TABLE_LIMIT - 1)
    return ENOMEM;
  u64 at = os.next, end = at + pages, far = far_part(at, end), taken = 0;
  if (end - far >= POOLED) taken = take_pages(far, end - far);
  if (taken == 0) far = end;
  if (at < far && RAW3(SYS_mprotect, at, far - at, MEM_READ_WRITE) != 0) return ENOMEM;
  if (at < os.map_dirty) clean_pages(at, end < os.map_dirty ? end : os.map_dirty);
  if (protection != MEM_READ_WRITE) protect(at, end, protection & 7);
  table[os.mappings++] = (struct mapping){at, end, far, taken};
  os.next = end + PAGE;
  os.mapped += pages;
  *start = at;
  return 0;
}

/* Index of the first entry that ends after `at`. */
static u64 first_ending_after(u64 at) {
  u64 low = 0, high = os.mappings;
  while (low < high) {
    u64 middle = (low + high) / 2;
    if (table[middle].end > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/* A dead entry keeps its place, so that the table stays sorted: empty, at its old end. */
static void cut(u64 index, u64 from, u64 to) {
  struct mapping *entry = &table[index];
  if (from <= entry->start && to >= entry->end) entry->start = entry->end;
  else if (from <= entry->start) entry->start = to;
  else if (to >= entry->end) entry->end = from;
  else {
    for (u64 i = os.mappings++; i > index; i--) table[i] = table[i - 1];
    table[index].end = from;
    table[index + 1].start = to;
  }
}

static void unmap_mappings(u64 from, u64 to) {
  for (u64 i = first_ending_after(from); i < os.mappings; i++) {
    struct mapping mapping = table[i];
    u64 start = mapping.start < from ? from : mapping.start;
    u64 end = mapping.end > to ? to : mapping.end;
    if (mapping.start >= to) return;
    if (start >= end) continue;
    if (os.mappings < TABLE_LIMIT - 1) cut(i, from, to);
    os.mapped -= end - start;
    unmap_pages(&mapping, start, end);
  }
}

static void unmap_heap(u64 from, u64 to) {
  u64 limit = page_ceil(os.brk);
  if (from < HEAP_START) from = HEAP_START;
  if (to > limit) to = limit;
  if (from >= to) return;
  forget_canary();
  give_back(from, to);
  if (os.heap_holes < HOLES_LIMIT) holes[os.heap_holes++] = (struct range){from, to};
}

static int is_one_mapping(u64 at, u64 length) {
  u64 index = first_ending_after(at);
  return index < os.mappings && table[index].start <= at && length <= table[index].end - at;
}

static int os_is_past_mapping(u64 page) {
  if (page < MAPPING_START || page >= MAPPING_START + MAPPING_LIMIT) return 0;
  if (page + PAGE >= os.next) return 1;
  for (u64 i = 0; i < os.mappings; i++)
    if (table[i].end == page) return 1;
  return 0;
}

static u64 heap_stretch(u64 at, u64 length) {
  u64 limit = page_ceil(os.brk), end;
  if (at >= limit) return 0;
  end = length < limit - at ? at + length : limit;
  for (u32 i = 0; i < os.heap_holes; i++)
    if (holes[i].end > at && holes[i].start < end) end = holes[i].start > at ? holes[i].start : at;
  return end - at;
}

static u64 os_stretch(u64 at, u64 length) {
  if (at >= HEAP_START && at < HEAP_START + HEAP_LIMIT) return heap_stretch(at, length);
  u64 index = first_ending_after(at);
  if (index >= os.mappings || table[index].start > at) return 0;
  u64 rest = table[index].end - at;
  return length < rest ? length : rest;
}
