// Putting the target's writable memory back between traces, which costs a fraction of a fork: its
// initialized and zeroed data as they were when it was loaded. The driver's own variables lie in a section
// of their own and stay. What a target keeps elsewhere (the C library's heap, thread-local variables) is
// not put back.
#include "snapshot.h"

#define SNAPSHOT_LIMIT (256UL << 10)

extern char __data_start[], _end[];
extern char __start_allocheck_state[], __stop_allocheck_state[];

static u8 *copy DRIVER_STATE;

static u64 data_length(void) { return (u64)(_end - __data_start); }

/* A target whose constructors have allocated is not new after a reset of the operating system. */
static int can_snapshot(void) {
  int is_new = os.brk == HEAP_START && os.next == MAPPING_START;
  return is_new && data_length() <= SNAPSHOT_LIMIT;
}

/* The two parts around the driver's own section, or the whole if that lies outside. */
static void each_part(void (*visit)(u8 *at, u64 length)) {
  u8 *from = (u8 *)__data_start, *to = (u8 *)_end;
  u8 *own = (u8 *)__start_allocheck_state, *own_end = (u8 *)__stop_allocheck_state;
  if (own_end <= from || own >= to) {
    visit(from, (u64)(to - from));
    return;
  }
  if (own > from) visit(from, (u64)(own - from));
  if (own_end < to) visit(own_end, (u64)(to - own_end));
}

static void save(u8 *at, u64 length) { copy_bytes(copy + (at - (u8 *)__data_start), at, length); }
static void put_back(u8 *at, u64 length) { copy_bytes(at, copy + (at - (u8 *)__data_start), length); }

static void take_snapshot(void) {
  copy = raw_map(0, page_ceil(data_length() + 1), MEM_READ_WRITE, MEM_PRIVATE);
  if (failed(copy)) give_up(GIVE_UP_MEMORY);
  each_part(save);
}

static void restore_snapshot(void) {
  each_part(put_back);
  os_reset();
}
