// The calls by which the target reaches the simulated operating system: sbrk, brk, mmap, munmap, mremap,
// getpagesize, also by way of syscall. Each is recorded as it was made and answered.
#include "os.h"

#include <errno.h>

#define FAILED_CALL ((i64)-1)

static struct call unlisted DRIVER_STATE;
static u64 library_break DRIVER_STATE;

/* A query of the break changes nothing, and a walk that asks at each block makes thousands in one op:
   they are kept up to a bound of their own. */
static struct call *log_call(u32 name, int is_query) {
  u32 room = is_query ? QUERIES_KEPT : CALLS_KEPT;
  struct call *call = &unlisted;
  if (os.recording && shared->calls_count < room) call = &shared->calls[shared->calls_count++];
  zero_bytes(call, sizeof *call);
  call->name = name;
  return call;
}

/* Whether the contract's heap is too small for it, as a smaller machine's would be. */
static int is_past_limit(i64 moved) {
  return config.heap_limit > 0 && moved > 0 &&
         os.brk - HEAP_START + (u64)moved > config.heap_limit;
}

static i64 answer(struct call *call, i64 result, int error) {
  call->result = error ? FAILED_CALL : result;
  call->error = (u32)error;
  if (error) errno = error;
  return call->result;
}

/* What counts is how far the break moves in all: a growth in very many pieces goes on in one entry. */
static i64 answer_growth(struct call *call, i64 result, int error) {
  i64 answered = answer(call, result, error);
  if (call == &unlisted || shared->calls_count <= QUERIES_KEPT) return answered;
  struct call *before = call - 1;
  int follows = before->name == CALL_SBRK || before->name == CALL_BRK;
  if (!follows || before->error || before->moved <= 0 || error || call->moved <= 0) return answered;
  before->moved += call->moved;
  shared->calls_count--;
  return answered;
}

void *sbrk(intptr_t increment) {
  os_prepare();
  struct call *call = log_call(CALL_SBRK, increment == 0);
  u64 before = os.brk;
  call->moved = increment;
  int error = is_past_limit(increment) ? ENOMEM : move_break(increment);
  return (void *)answer_growth(call, (i64)before, error);
}

int brk(void *address) {
  os_prepare();
  struct call *call = log_call(CALL_BRK, !address || (u64)address == os.brk);
  call->address = (u64)address;
  call->moved = address ? (i64)((u64)address - os.brk) : 0;
  int error = is_past_limit(call->moved) ? ENOMEM : move_break(call->moved);
  return (int)answer_growth(call, 0, error);
}

void *mmap(void *hint, size_t length, int protection, int flags, int fd, off_t offset) {
  os_prepare();
  struct call *call = log_call(CALL_MMAP, 0);
  call->address = (u64)hint;
  call->length = length;
  call->protection = protection;
  call->flags = flags;
  call->fd = fd;
  call->offset = offset;
  u64 start = 0;
  int error = add_mapping(length, protection, &start);
  return (void *)answer(call, (i64)start, error);
}

void *mmap64(void *hint, size_t length, int protection, int flags, int fd, off_t offset) {
  return mmap(hint, length, protection, flags, fd, offset);
}

/* What lies outside of the two areas (the C library, the driver) stays as it is. */
int munmap(void *address, size_t length) {
  os_prepare();
  struct call *call = log_call(CALL_MUNMAP, 0);
  u64 from = (u64)address;
  call->address = from;
  call->length = length;
  if (from % PAGE != 0 || length == 0 || length > TASK_SIZE || from > TASK_SIZE - length)
    return (int)answer(call, 0, EINVAL);
  u64 to = from + page_ceil(length);
  unmap_mappings(from, to);
  unmap_heap(from, to);
  return (int)answer(call, 0, 0);
}

/* Forbidden by the contract, but it works: shrinks in place, grows by moving. */
void *mremap(void *address, size_t length, size_t to_length, int flags, ...) {
  os_prepare();
  struct call *call = log_call(CALL_MREMAP, 0);
  u64 from = (u64)address, start = 0;
  u64 old_pages = page_ceil(length), new_pages = page_ceil(to_length);
  call->address = from;
  call->length = length;
  call->flags = flags;
  if (from % PAGE != 0 || to_length == 0 || length == 0 || length > TASK_SIZE)
    return (void *)answer(call, 0, EINVAL);
  if (!is_one_mapping(from, old_pages)) return (void *)answer(call, 0, EFAULT);
  if (new_pages <= old_pages) {
    if (new_pages < old_pages) unmap_mappings(from + new_pages, from + old_pages);
    return (void *)answer(call, (i64)from, 0);
  }
  if (!(flags & 1 /* MREMAP_MAYMOVE */)) return (void *)answer(call, 0, ENOMEM);
  int error = add_mapping(to_length, MEM_READ_WRITE, &start);
  if (error) return (void *)answer(call, 0, error);
  copy_bytes((void *)start, address, old_pages);
  unmap_mappings(from, from + old_pages);
  return (void *)answer(call, (i64)start, 0);
}

/* What the C library's own heap has asked of the system since the last time, as where the target calls
   printf: the course's checker shows it, among the target's calls. */
static void log_library_growth(void) {
  u64 now = (u64)RAW1(SYS_brk, 0);
  if (library_break != 0 && now != library_break)
    log_call(CALL_SBRK, 0)->moved = (i64)(now - library_break);
  library_break = now;
}

int getpagesize(void) { return (int)PAGE; }

/* The same operating system by its back door. */
long syscall(long number, ...) {
  __builtin_va_list list;
  long a[6];
  __builtin_va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = __builtin_va_arg(list, long);
  __builtin_va_end(list);
  switch (number) {
    case SYS_brk:
      brk((void *)a[0]);
      return (long)os.brk;
    case SYS_mmap:
      return (long)mmap((void *)a[0], (size_t)a[1], (int)a[2], (int)a[3], (int)a[4], a[5]);
    case SYS_munmap:
      return munmap((void *)a[0], (size_t)a[1]);
    case SYS_mremap:
      return (long)mremap((void *)a[0], (size_t)a[1], (size_t)a[2], (int)a[3]);
    case SYS_kill:
      return kill((pid_t)a[0], (int)a[1]);
    default: {
      long result = raw6(number, a[0], a[1], a[2], a[3], a[4], a[5]);
      if (!failed((void *)result)) return result;
      errno = (int)-result;
      return -1;
    }
  }
}
