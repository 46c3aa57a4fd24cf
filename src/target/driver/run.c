// Executes one trace on the target, by the law in src/target/target.ts, and reports every step. It
// observes and never judges.
#include "run.h"

#include <errno.h>

#include "target.h"

/* One op, read. */
struct todo {
  u32 kind, slot, index;
  u64 count, size;
  u64 requested; /* count * size */
  int overflows;
};

static void run_prepare(void) {
  slots = raw_map(0, SLOT_LIMIT * sizeof *slots, MEM_READ_WRITE, MEM_PRIVATE);
  if (failed(slots)) give_up(GIVE_UP_MEMORY);
  steps_prepare();
  walk_prepare();
}

static int is_stale(u32 slot) { return slot == run.stale_slot && has_free_block(run.stale_pointer); }

/* Whether the contract defines what the op asks for. */
static int is_defined(const struct todo *op) {
  if (op->kind == OP_CALLOC && !HAS_CALLOC) return 0;
  if (op->kind == OP_REALLOC && !HAS_REALLOC) return 0;
  if (op->kind == OP_FREE_NULL) return config.free_null;
  if (op->kind == OP_REALLOC && op->size == 0 && is_live(op->slot))
    return config.zero_size == ZERO_NULL;
  u64 requested = op->overflows ? ~0UL : op->requested;
  int allocates = op->kind == OP_MALLOC || op->kind == OP_CALLOC || op->kind == OP_REALLOC;
  if (allocates && requested == 0 && config.zero_size == ZERO_UNDEFINED) return 0;
  return requested < config.unasked_from || requested > config.unasked_to;
}

/* Whether the op makes a call now. */
static int runs(const struct todo *op) {
  if (!is_defined(op)) return 0;
  switch (op->kind) {
    case OP_MALLOC:
    case OP_CALLOC:
      return !is_live(op->slot);
    case OP_FREE:
      return is_live(op->slot);
    case OP_REALLOC:
    case OP_FREE_NULL:
      return 1;
    case OP_STALE_REALLOC:
      return config.stale_realloc && op->size > 0 && is_stale(op->slot);
    case OP_STALE_FREE:
      return config.stale_free && is_stale(op->slot);
    default:
      return 0;
  }
}

static u64 given_to(const struct todo *op) {
  if (op->kind == OP_STALE_REALLOC || op->kind == OP_STALE_FREE) return run.stale_pointer;
  return is_live(op->slot) ? slots[op->slot].pointer : 0;
}

static u64 call_target(const struct todo *op, u64 given) {
  switch (op->kind) {
    case OP_MALLOC:
      return (u64)target_malloc(op->size);
    case OP_CALLOC:
      return (u64)target_calloc(op->count, op->size);
    case OP_REALLOC:
    case OP_STALE_REALLOC:
      return (u64)target_realloc((void *)given, op->size);
    default:
      target_free((void *)given);
      return 0;
  }
}

static void release(u32 slot) {
  slots[slot].epoch = 0;
  run.stale_slot = slot;
  run.stale_pointer = slots[slot].pointer;
}

static void bear(u32 slot, u64 pointer, u64 size, u32 tag) {
  if (slot >= run.slots) run.slots = slot + 1;
  slots[slot] = (struct slot){pointer, size, tag, run.epoch};
}

static u64 alignment_of(u64 size) {
  u64 multiple = 1;
  for (u64 i = 0; i < config.alignments_count; i++)
    if (config.alignment_from[i] <= size) multiple = config.alignment_multiple[i];
  return multiple;
}

/* Whether it can be filled and read at all. */
static int is_usable(const struct todo *op, u64 result) {
  if (op->overflows || op->requested > IMPOSSIBLE) return 0;
  if (result % alignment_of(op->requested) != 0) return 0;
  return op->requested == 0 || !config.interposed ||
         os_stretch(result, op->requested) == op->requested;
}

static int settle_result(const struct todo *op, u64 result) {
  u32 slot = op->slot;
  if (run.everything) check_all(slot);
  if (!is_usable(op, result)) return 0;
  if (is_live(slot)) {
    check_prefix(slot, result, op->requested);
    slots[slot].pointer = result;
    slots[slot].size = op->requested;
  } else {
    bear(slot, result, op->requested, op->index + 1 + run.salt);
    if (op->kind == OP_CALLOC) check_zeros(slot, result, op->requested);
  }
  fill_slot(slot);
  return 1;
}

/* After a call that returned: slots follow, payloads are checked and filled. 0 ends the trace. */
static int settle(const struct todo *op, u64 result) {
  int bears = op->kind == OP_MALLOC || op->kind == OP_CALLOC || op->kind == OP_REALLOC;
  if (op->kind == OP_FREE) release(op->slot);
  else if (op->kind == OP_REALLOC && op->size == 0 && is_live(op->slot)) release(op->slot);
  else if (bears && result != 0) return settle_result(op, result);
  if (run.everything) check_all(NO_SLOT);
  return 1;
}

/* Returns 0 if the trace ends here. */
static int run_op(const struct todo *op) {
  if (!runs(op)) {
    if (config.failures && op->kind == OP_FAIL_SBRK) os_fail_growth(op->size);
    if (config.failures && op->kind == OP_FAIL_MMAP) os_fail_mmap(op->size);
    report_skip(op->index);
    return 1;
  }
  u64 given = given_to(op);
  shared->given = given;
  shared->calls_count = 0;
  run.broken = 0;
  if ((op->kind == OP_FREE || op->kind == OP_REALLOC) && is_live(op->slot)) check_slot(op->slot);
  run.stale_slot = NO_SLOT;
  shared->phase = PHASE_CALL;
  os.recording = 1;
  errno = 0;
  ABOVE_IS_OURS();
  begin_watch(op->index);
  u64 result = call_target(op, given);
  end_watch();
  int error = errno;
  if (run.forgiving) log_library_growth();
  os.recording = 0;
  shared->phase = PHASE_PAYLOAD;
  add_past_break(run.everything);
  int goes_on = settle(op, result);
  report_step(op->index, RETURNED, result, error, 1);
  return goes_on;
}

static const u64 *read_op(const u64 *from, u32 index, struct todo *op) {
  const struct op *stored = (const struct op *)from;
  op->kind = (u32)stored->kind;
  op->slot = (u32)stored->slot;
  op->index = index;
  op->size = stored->size;
  op->count = 1;
  from += 2;
  if (op->kind == OP_CALLOC) op->count = *from++;
  op->overflows = __builtin_mul_overflow(op->count, op->size, &op->requested);
  return from;
}

static void check_at_end(u32 ops) {
  if (ops == 0) return;
  run.broken = 0;
  shared->given = 0;
  shared->calls_count = 0;
  add_past_break(1);
  check_all(NO_SLOT);
  if (run.broken > 0) report_step(ops, SKIPPED, 0, 0, 0);
}

/* A target with an init function is told that a trace begins; its system calls make a step before the first. */
static void init_target(void) {
  if (!HAS_INIT) return;
  u64 start = 0, length = config.segment ? config.heap_limit : 0;
  shared->given = shared->calls_count = run.broken = 0;
  shared->serial++;
  shared->phase = PHASE_INIT;
  os.recording = 1;
  if (length > 0) start = (u64)segment(length);
  ABOVE_IS_OURS();
  long said = target_init((void *)start, length);
  os.recording = 0;
  if (config.segment ? (u8)said == 0 : (i32)said == -1) {
    shared->phase = PHASE_REFUSED;
    give_up(1);
  }
  shared->phase = PHASE_PAYLOAD;
  if (shared->calls_count > 0) report_step((u32)-1, SKIPPED, 0, 0, 0);
}

/* What is live goes back, where the next trace runs in the same process with nothing put back. A death
   here is one behind the last op. */
static void free_all(u32 ops) {
  shared->op = ops;
  for (u32 i = 0; i < run.slots; i++) {
    if (!is_live(i)) continue;
    shared->serial++;
    shared->given = slots[i].pointer;
    shared->phase = PHASE_END;
    target_free((void *)slots[i].pointer);
    slots[i].epoch = 0;
  }
}

static int run_trace(const struct trace_head *head) {
  const u64 *from = (const u64 *)(head + 1);
  struct todo op;
  run.epoch++;
  run.slots = 0;
  run.stale_slot = NO_SLOT;
  walk_reset();
  init_target();
  if (run.forgiving) log_library_growth();
  for (u32 i = 0; i < head->ops; i++) {
    from = read_op(from, i, &op);
    shared->op = i;
    shared->serial++;
    shared->phase = PHASE_PAYLOAD;
    if (!run_op(&op)) return 0;
    if (shared->written >= run.flush_at) flush_report();
  }
  check_at_end((u32)head->ops);
  if (config.isolation == ISOLATION_SHARED && !forks_each) free_all((u32)head->ops);
  return 1;
}
