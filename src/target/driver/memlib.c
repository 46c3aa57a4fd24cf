// The heaps of CS:APP's malloc lab (memlib.h) and of CS107's allocator (a segment, or segment.h), as calls to the
// simulated operating system. Weak, so that a target may have functions of these names for itself. New memory is
// not zero: in both it is what an earlier trace left there.
#include "os.h"

#include <errno.h>

#define MEMLIB __attribute__((weak))
#define SOILED (64UL << 10) /* of a segment that is given whole: to soil all of it would take too long */

static void soil(void *to, u64 length) {
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(length) : "a"(0xA5) : "memory");
}

/* As in the lab: the heap cannot shrink. */
MEMLIB void *mem_sbrk(int increment) {
  if (increment < 0) {
    errno = ENOMEM;
    return (void *)-1;
  }
  void *start = sbrk(increment);
  if (start != (void *)-1) soil(start, (u64)increment);
  return start;
}

/* Of the lab's later editions. */
MEMLIB void *mem_memcpy(void *to, const void *from, size_t length) {
  copy_bytes(to, from, length);
  return to;
}

MEMLIB void *mem_memset(void *to, int byte, size_t length) {
  u8 *at = to;
  while (length-- > 0) *at++ = (u8)byte;
  return to;
}

MEMLIB void mem_init(void) {}
MEMLIB void mem_deinit(void) {}
MEMLIB void mem_reset_brk(void) {}
MEMLIB void *mem_heap_lo(void) { return (void *)HEAP_START; }
MEMLIB void *mem_heap_hi(void) { return (void *)(os.brk - 1); }
MEMLIB size_t mem_heapsize(void) { return os.brk - HEAP_START; }
MEMLIB size_t mem_pagesize(void) { return PAGE; }

static void *new_pages(size_t pages) {
  if (pages > HEAP_LIMIT / PAGE) return NULL;
  void *start = sbrk((intptr_t)(pages * PAGE));
  if (start == (void *)-1) return NULL;
  soil(start, pages * PAGE);
  return start;
}

MEMLIB void *heap_segment_start(void) { return os.brk == HEAP_START ? NULL : (void *)HEAP_START; }
MEMLIB size_t heap_segment_size(void) { return os.brk - HEAP_START; }
MEMLIB void *extend_heap_segment(size_t pages) { return new_pages(pages); }

/* Discards the segment that there is. */
MEMLIB void *init_heap_segment(size_t pages) {
  if (os.brk != HEAP_START) sbrk((intptr_t)(HEAP_START - os.brk));
  return new_pages(pages);
}

void *give_segment(size_t length) {
  void *start = sbrk((intptr_t)length);
  if (start != (void *)-1) soil(start, length < SOILED ? length : SOILED);
  return start;
}
