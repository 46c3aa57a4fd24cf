// Filling payloads with their pattern and finding where it is broken: the pattern and the ranges are
// those of src/target/payload.ts, the order of checks that of src/target/payload-keeper.ts.
// WHOLE, EDGE, STRIDE, LARGE and WIDE_STRIDE come from there, by the compiler's command line.
#include "run.h"

#define UNMAPPED (-1)

#define LANE_STEP 0x85EBCA6Bu /* from one lane to the next */

typedef u32 __attribute__((aligned(1), may_alias)) lane_at;
typedef u32 __attribute__((vector_size(16))) lanes;
typedef u32 __attribute__((vector_size(16), aligned(1), may_alias)) lanes_at;
typedef char __attribute__((vector_size(16))) lane_bytes;

/* What is done to each sample range: a fill, or a search for the first byte that is wrong. */
struct search {
  u8 *bytes;
  u32 tag;
  int zeros;  /* bytes must be zero, not the pattern */
  u64 limit;  /* offsets from here on are not looked at */
  i64 found;
};

static inline u32 lane(u32 tag, u64 index) {
  return (tag * 0x9E3779B1u + (u32)index) * LANE_STEP;
}

static inline lanes four_from(u32 value) {
  return (lanes){value, value + LANE_STEP, value + 2 * LANE_STEP, value + 3 * LANE_STEP};
}

static u8 byte_of(const struct search *s, u64 offset) {
  return s->zeros ? 0 : (u8)(lane(s->tag, offset >> 2) >> ((offset & 3) * 8));
}

static inline void fill_range(struct search *s, u64 from, u64 to) {
  u32 value = lane(s->tag, from >> 2);
  u64 at = from;
  if (from + 16 <= to) {
    const lanes step = {4 * LANE_STEP, 4 * LANE_STEP, 4 * LANE_STEP, 4 * LANE_STEP};
    for (lanes four = four_from(value); at + 16 <= to; at += 16, four += step)
      *(lanes_at *)(s->bytes + at) = four;
    value = lane(s->tag, at >> 2);
  }
  for (; at + 4 <= to; at += 4, value += LANE_STEP) *(lane_at *)(s->bytes + at) = value;
  for (; at < to; at++) s->bytes[at] = byte_of(s, at);
}

/* How far from `from` on whole vectors are right. */
static inline u64 skip_right(const struct search *s, u64 from, u64 to) {
  u32 step = s->zeros ? 0 : 4 * LANE_STEP;
  const lanes zero = {0}, steps = {step, step, step, step};
  lanes four = s->zeros ? zero : four_from(lane(s->tag, from >> 2));
  for (; from + 16 <= to; from += 16, four += steps) {
    lane_bytes is_right = (lane_bytes)(*(const lanes_at *)(s->bytes + from) == four);
    if (__builtin_ia32_pmovmskb128(is_right) != 0xffff) break;
  }
  return from;
}

static inline void search_range(struct search *s, u64 from, u64 to) {
  if (s->found >= 0) return;
  if (to > s->limit) to = s->limit;
  u64 at = from + 16 <= to ? skip_right(s, from, to) : from;
  u32 value = s->zeros ? 0 : lane(s->tag, at >> 2), step = s->zeros ? 0 : LANE_STEP;
  for (; at + 4 <= to && *(lane_at *)(s->bytes + at) == value; at += 4) value += step;
  for (; at < to; at++) {
    if (s->bytes[at] == byte_of(s, at)) continue;
    s->found = (i64)at;
    return;
  }
}

static int is_sampled(u64 size) { return !run.everything && size > WHOLE; }

typedef void visitor(struct search *, u64, u64);

static inline __attribute__((always_inline)) void visit_samples(struct search *s, u64 size, visitor *visit) {
  if (!is_sampled(size)) {
    if (size > 0) visit(s, 0, size);
    return;
  }
  u64 tail = (size - EDGE) & ~3UL, stride = size < LARGE ? STRIDE : WIDE_STRIDE;
  visit(s, 0, EDGE);
  for (u64 at = stride; at < tail; at += stride) visit(s, at, at + 4 < size ? at + 4 : size);
  visit(s, tail, size);
}

static void tell(const struct search *s, u32 slot, u64 offset, u32 check) {
  i32 actual = offset < s->limit ? (i32)s->bytes[offset] : UNMAPPED;
  add_broken(slot, offset, byte_of(s, offset), actual, check);
}

/* The slot's sample ranges, as far as the first `kept` bytes go, at `pointer`. */
static void check_pattern(u32 index, u64 pointer, u64 kept, u32 check) {
  const struct slot *slot = &slots[index];
  if (kept == 0 || run.witnessed) return;
  u64 limit = config.interposed ? os_stretch(pointer, kept) : kept;
  struct search s = {(u8 *)pointer, slot->tag, 0, limit, -1};
  visit_samples(&s, slot->size, search_range);
  if (s.found < 0 && limit == kept) return;
  tell(&s, index, s.found < 0 ? limit : (u64)s.found, check);
}

static void check_slot(u32 index) {
  check_pattern(index, slots[index].pointer, slots[index].size, CHECK_CONTENTS);
}

static void check_all(u32 except) {
  for (u32 i = 0; i < run.slots; i++)
    if (i != except && is_live(i)) check_slot(i);
}

static void check_prefix(u32 index, u64 moved, u64 new_size) {
  u64 old_size = slots[index].size;
  check_pattern(index, moved, old_size < new_size ? old_size : new_size, CHECK_PREFIX);
}

/* The first page whole; beyond it, while hunting, the sample ranges only. */
static void check_zeros(u32 index, u64 pointer, u64 size) {
  if (run.witnessed) return;
  struct search s = {(u8 *)pointer, 0, 1, size, -1};
  search_range(&s, 0, is_sampled(size) && size > PAGE ? PAGE : size);
  if (is_sampled(size) && size > PAGE) visit_samples(&s, size, search_range);
  if (s.found >= 0) tell(&s, index, (u64)s.found, CHECK_ZEROING);
}

static void fill_slot(u32 index) {
  if (run.witnessed) return;
  struct search s = {(u8 *)slots[index].pointer, slots[index].tag, 0, 0, -1};
  visit_samples(&s, slots[index].size, fill_range);
}
