// Putting the target's writable memory back between traces, which costs a fraction of a fork: its
// initialized, zeroed and thread-local data as they were when it was loaded. The driver's own variables
// lie in a section of their own and stay. What a target keeps elsewhere (in the C library: its heap, the
// state of rand) is not put back; server.c finds out.
#include "snapshot.h"

#include <link.h>

#define SNAPSHOT_LIMIT (256UL << 10)
#define PARTS 3

extern char __data_start[], _end[];
extern char __start_allocheck_state[], __stop_allocheck_state[];

static struct part {
  u8 *at, *copy;
  u64 length;
} parts[PARTS] DRIVER_STATE;

static void add_part(u8 *from, u8 *to) {
  int i = 0;
  if (from >= to) return;
  while (parts[i].length > 0) i++;
  parts[i].at = from;
  parts[i].length = (u64)(to - from);
}

/* The program's own thread-local block lies just below the thread pointer. */
static int add_thread_part(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  (void)data;
  u8 *pointer = __builtin_thread_pointer();
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    u64 align = header->p_align > 0 ? header->p_align : 1;
    if (header->p_type != PT_TLS) continue;
    add_part(pointer - (header->p_memsz + align - 1) / align * align, pointer);
  }
  return 1; /* the program comes first, and is all there is to see */
}

/* The two parts around the driver's own section, or the whole if that lies outside. */
static void find_parts(void) {
  u8 *from = (u8 *)__data_start, *to = (u8 *)_end;
  u8 *own = (u8 *)__start_allocheck_state, *own_end = (u8 *)__stop_allocheck_state;
  zero_bytes(parts, sizeof parts);
  if (own_end <= from || own >= to) {
    add_part(from, to);
  } else {
    add_part(from, own);
    add_part(own_end, to);
  }
  dl_iterate_phdr(add_thread_part, 0);
}

static u64 parts_length(void) {
  u64 length = 0;
  for (int i = 0; i < PARTS; i++) length += parts[i].length;
  return length;
}

/* A target whose constructors have allocated is not new after a reset of the operating system. */
static int can_snapshot(void) {
  find_parts();
  int is_new = os.brk == HEAP_START && os.next == MAPPING_START;
  return is_new && parts_length() <= SNAPSHOT_LIMIT;
}

static void take_snapshot(void) {
  u8 *copy = raw_map(0, page_ceil(parts_length() + 1), MEM_READ_WRITE, MEM_PRIVATE);
  if (failed(copy)) give_up(GIVE_UP_MEMORY);
  for (int i = 0; i < PARTS; copy += parts[i++].length) {
    parts[i].copy = copy;
    copy_bytes(copy, parts[i].at, parts[i].length);
  }
}

static void restore_snapshot(void) {
  for (int i = 0; i < PARTS; i++) copy_bytes(parts[i].at, parts[i].copy, parts[i].length);
  os_reset();
}
