// The heap of CS:APP's malloc lab (memlib.h), as calls to the simulated operating system. Weak, so that
// a target may have functions of these names for itself. New memory is not zero: in the lab it is what an
// earlier trace left there.
#include "os.h"

#include <errno.h>

#define MEMLIB __attribute__((weak))

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
