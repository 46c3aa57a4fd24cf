// The heap of CS:APP's malloc lab (memlib.h), as calls to the simulated operating system. Weak, so that
// a target may have functions of these names for itself.
#include "os.h"

#include <errno.h>

#define MEMLIB __attribute__((weak))

/* As in the lab: the heap cannot shrink. */
MEMLIB void *mem_sbrk(int increment) {
  if (increment >= 0) return sbrk(increment);
  errno = ENOMEM;
  return (void *)-1;
}

MEMLIB void mem_init(void) {}
MEMLIB void mem_deinit(void) {}
MEMLIB void mem_reset_brk(void) {}
MEMLIB void *mem_heap_lo(void) { return (void *)HEAP_START; }
MEMLIB void *mem_heap_hi(void) { return (void *)(os.brk - 1); }
MEMLIB size_t mem_heapsize(void) { return os.brk - HEAP_START; }
MEMLIB size_t mem_pagesize(void) { return PAGE; }
