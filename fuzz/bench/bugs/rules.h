// What osmem promises, said in C: the same rules as src/oracle, judged locally, against the heap as it was walked
// before the call and after it. For malloclab (OSMEM is 0) what is safe alone. Any breach ends the process.
#ifndef OSMEM
#define OSMEM 1
#endif
enum { BLOCKS = 1 << 14, THRESHOLD = 128 << 10, WAYS = 5 };
enum does { ALLOCATES, RESIZES, RELEASES, NOTHING };

/* A call, and what was so before it. */
struct call_made {
  u32 kind;
  enum does does;
  u64 old, old_size, bytes, need, block;
  int impossible, old_in_heap;
};

struct block {
  u64 at, size;
  i32 status;
};
struct heap {
  u64 end;
  u32 count;
  int taken;
  struct block blocks[BLOCKS];
};
static struct heap heaps[2], *before = &heaps[0], *after = &heaps[1];
static u64 header_size, likely_header; /* the second as mapped blocks show it, until the heap does */
/* What the calls to the system came to. */
static struct {
  i64 growth;
  u32 maps, unmaps, failed, lowered, early;
  u64 tried, map_at, map_length, unmap_at, unmap_length;
  int plain;
} made_calls;
static struct mapping mappings[SLOTS]; /* those that there are: start, end of what was asked for */
static u32 mappings_count;

#define REQUIRE(holds, check) do { if (!(holds)) fail(check); } while (0)

static int in_heap(u64 at) { return at >= HEAP_START && at < os.brk; }
static int is_taken(const struct heap *heap) { return heap->taken || heap->end == HEAP_START; }

static void begin_rules(void) {
  header_size = 0;
  likely_header = 32;
  mappings_count = 0;
  heaps[0].end = heaps[1].end = HEAP_START;
  heaps[0].count = heaps[1].count = 0;
  heaps[0].taken = heaps[1].taken = 0;
}

static void sum_calls(void) {
  zero_bytes(&made_calls, sizeof made_calls);
  for (u32 i = 0; i < shared->calls_count; i++) {
    const struct call *call = &shared->calls[i];
    if (OSMEM) REQUIRE(call->name != CALL_MREMAP, "syscalls");
    if (call->name == CALL_MUNMAP) {
      made_calls.unmaps++;
      made_calls.unmap_at = call->address, made_calls.unmap_length = call->length;
    } else if (call->error) {
      if (made_calls.failed++ == 0)
        made_calls.tried = call->name == CALL_MMAP ? call->length : (u64)(made_calls.growth + call->moved);
    } else if (call->name == CALL_MMAP) {
      made_calls.maps++;
      made_calls.map_at = (u64)call->result, made_calls.map_length = call->length;
      made_calls.plain = call->protection == 3 && call->flags == 0x22 && call->fd == -1 && !call->offset && !call->address;
      made_calls.early |= made_calls.unmaps > 0;
    } else {
      made_calls.growth += call->moved;
      made_calls.lowered |= call->moved < 0;
      made_calls.early |= call->moved > 0 && made_calls.unmaps > 0;
    }
  }
}

static int any_call_failed(void) {
  sum_calls();
  return made_calls.failed > 0;
}

static struct call_made begin_call(u32 kind, u64 old, u64 old_size, u64 count, u64 size) {
  struct call_made made = {kind, ALLOCATES, kind == OP_STALE_REALLOC ? 0 : old, old_size};
  int wraps = __builtin_mul_overflow(count, size, &made.bytes);
  made.need = (made.bytes + 7) & ~7UL;
  made.block = made.need + (header_size ? header_size : likely_header);
  made.impossible = wraps || made.need < made.bytes || made.block < made.need || made.bytes > MAPPING_LIMIT;
  made.old_in_heap = made.old != 0 && in_heap(made.old);
  if (kind == OP_FREE) made.does = RELEASES;
  else if (kind == OP_FREE_NULL || kind == OP_STALE_REALLOC) made.does = NOTHING;
  else if (kind == OP_REALLOC && old) made.does = made.bytes == 0 && !wraps ? RELEASES : RESIZES;
  else if (made.bytes == 0 && !wraps) made.does = NOTHING;
  return made;
}

/* Sizes may be stored unrounded. The header is what lies before the first heap payload. */
static void walk(u64 result) {
  struct heap *heap = before;
  before = after, after = heap;
  heap->end = os.brk, heap->count = 0, heap->taken = 0;
  if (header_size == 0 && in_heap(result)) {
    header_size = result - HEAP_START;
    REQUIRE(header_size == 24 || header_size == 32, "block-list");
  }
  if (header_size == 0) return;
  heap->taken = 1;
  for (u64 at = HEAP_START; at < heap->end; ) {
    REQUIRE(heap->count < BLOCKS && at + header_size + 8 <= heap->end, "block-list");
    u64 size = (*(u64 *)at + 7) & ~7UL, room = heap->end - at - header_size;
    REQUIRE(size >= 8 && size <= room && *(u64 *)at <= room, "block-list");
    heap->blocks[heap->count++] = (struct block){at, size, (i32)((u64 *)at)[1]};
    at += header_size + size;
  }
}

static i64 block_at(const struct heap *heap, u64 payload) {
  i64 low = 0, high = (i64)heap->count - 1;
  while (low <= high) {
    i64 middle = (low + high) / 2;
    u64 at = heap->blocks[middle].at + header_size;
    if (at == payload) return middle;
    if (at < payload) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/* The size of the run of FREE blocks that begins with `index`, 0 if none does; `end` is the block behind it. */
static u64 run_from(const struct heap *heap, u32 index, u32 *end) {
  u64 size = 0;
  u32 i = index;
  for (; i < heap->count && heap->blocks[i].status == 0; i++) size += heap->blocks[i].size + (i > index ? header_size : 0);
  if (end) *end = i;
  return size;
}

/* The size of the smallest run that is enough, 0 if none is. `at`: of the run that begins there, in `own`. */
static u64 best_fit(const struct heap *heap, u64 need, u64 payload, u64 *own) {
  u64 best = 0;
  for (u32 i = 0, end; i < heap->count; i = end > i ? end : i + 1) {
    u64 size = run_from(heap, i, &end);
    if (own && size > 0 && heap->blocks[i].at + header_size == payload) *own = size;
    if (size >= need && (best == 0 || size < best)) best = size;
  }
  return best;
}

#include "ways.h"

static u64 mark_of(u64 at) { return (at ^ at >> 13) * 0x5bd1e9955bd1e995UL; }

/* Each status is right: the ALLOC blocks are the live payloads. */
static void judge_status(const struct call_made *made, u64 result) {
  u64 marks = 0, count = 0;
  for (u32 i = 0; i < after->count; i++) {
    i32 status = after->blocks[i].status;
    REQUIRE(status == 0 || status == 1, "status");
    if (status == 1) marks += mark_of(after->blocks[i].at + header_size), count++;
  }
  int gone = made->old_in_heap && (made->does == RELEASES || (made->does == RESIZES && result && result != made->old));
  if (gone) marks += mark_of(made->old), count++;
  if ((made->does == ALLOCATES || made->does == RESIZES) && in_heap(result) && result != made->old)
    marks -= mark_of(result), count--;
  for (u32 i = 0; i < run.slots; i++)
    if (is_live(i) && in_heap(slots[i].pointer)) marks -= mark_of(slots[i].pointer), count--;
  REQUIRE(marks == 0 && count == 0, "status");
}

static void judge_coalescing(const struct call_made *made) {
  u64 freed = made->old_in_heap ? made->old - header_size : 0;
  for (u32 i = 1; i < after->count; i++) {
    const struct block *left = &after->blocks[i - 1], *right = left + 1;
    if (left->status || right->status) continue;
    REQUIRE(freed >= left->at && freed < right->at + header_size + right->size, "coalescing");
  }
}

/* NULL after a failed call: the break, the mappings and the live blocks are as before. */
static void judge_refusal(const struct call_made *made) {
  int preallocated = before->end == HEAP_START && made_calls.growth == THRESHOLD;
  REQUIRE(made_calls.growth == 0 || preallocated, "failure");
  REQUIRE(made_calls.maps == 0 && made_calls.unmaps == 0, "failure");
  if (!before->taken || !after->taken) return;
  for (u32 i = 0, j = 0; i < before->count; i++) {
    if (before->blocks[i].status != 1) continue;
    while (j < after->count && after->blocks[j].status != 1) j++;
    REQUIRE(j < after->count && after->blocks[j].at == before->blocks[i].at, "failure");
    u64 was = before->blocks[i].size, is = after->blocks[j++].size;
    REQUIRE(before->blocks[i].at + header_size == made->old ? is >= was : is == was, "failure");
  }
}

static int owns(u64 at, u64 bytes) {
  if (at >= HEAP_START && at < HEAP_START + HEAP_LIMIT) return at < os.brk && bytes <= os.brk - at;
  return os_stretch(at, bytes) == bytes;
}

static void judge_result(const struct call_made *made, u64 result) {
  int asks = made->does == ALLOCATES || made->does == RESIZES;
  if (!asks) {
    REQUIRE(result == 0, "result");
    return;
  }
  if (made->impossible) REQUIRE(result == 0 || made_calls.failed, "overflow");
  if (result == 0) {
    int changes = made_calls.growth || made_calls.maps || made_calls.unmaps;
    if (OSMEM && made->impossible && !made_calls.failed) REQUIRE(!changes, "overflow");
    if (OSMEM) REQUIRE(made->impossible || made_calls.failed, "result");
    return;
  }
  if (made_calls.failed) REQUIRE(!made->impossible && owns(result, made->bytes), "failure");
  REQUIRE(result % 8 == 0, "alignment");
  REQUIRE(owns(result, made->bytes), "containment");
  for (u32 i = 0; i < run.slots; i++) {
    const struct slot *other = &slots[i];
    if (!is_live(i) || (made->does == RESIZES && other->pointer == made->old)) continue;
    REQUIRE(other->pointer >= result + made->bytes || result >= other->pointer + other->size, "disjointness");
  }
}

/* Which mappings there are. */
static void keep_mappings(void) {
  for (u32 i = 0; i < shared->calls_count; i++) {
    const struct call *call = &shared->calls[i];
    if (call->name == CALL_MMAP && !call->error && mappings_count < SLOTS)
      mappings[mappings_count++] = (struct mapping){(u64)call->result, (u64)call->result + call->length};
    for (u32 at = 0; call->name == CALL_MUNMAP && at < mappings_count; at++)
      if (mappings[at].start == call->address) mappings[at] = mappings[--mappings_count];
  }
}

static void judge(const struct call_made *asked, u64 result) {
  struct call_made own = *asked, *made = &own;
  sum_calls();
  judge_result(made, result);
  if (!OSMEM) return;
  walk(made->does == NOTHING ? 0 : result);
  if (made_calls.maps && (result - made_calls.map_at == 24 || result - made_calls.map_at == 32))
    likely_header = result - made_calls.map_at;
  made->block = made->need + (header_size ? header_size : likely_header);
  REQUIRE(!made_calls.lowered || (made_calls.failed && made_calls.growth >= 0), "syscalls");
  if (after->taken) judge_status(made, result);
  if (made_calls.failed && result == 0 && made->does != RELEASES) judge_refusal(made);
  int gave = result != 0 && made->does != NOTHING && made->does != RELEASES;
  if (gave && in_heap(result)) {
    i64 index = block_at(after, result);
    REQUIRE(index >= 0 && after->blocks[index].size >= made->need, "block-list");
    if (!made_calls.failed) REQUIRE(after->blocks[index].size - made->need < header_size + 8, "placement");
    if (!made_calls.failed && result != made->old) judge_coalescing(made);
  }
  int walked = is_taken(before) && is_taken(after);
  if (walked && !made_calls.failed && gave) judge_place(made, result);
  else if (walked && made->does == RELEASES) judge_syscalls(made, 0, 0);
  else if (made->does == NOTHING) REQUIRE(made_calls.growth == 0 && !made_calls.maps && !made_calls.unmaps, "syscalls");
  keep_mappings();
}

static int is_stale(void) {
  if (!OSMEM || run.stale_pointer == 0 || !after->taken) return 0;
  i64 index = block_at(after, run.stale_pointer);
  return index >= 0 && after->blocks[index].status == 0;
}
