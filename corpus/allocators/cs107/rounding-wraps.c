/* allocheck: broken
 * contract: cs107
 * cause: rounding a request up to 8 wraps: SIZE_MAX bytes are none
 * clause: a request that does not fit size_t gets NULL
 * expect: overflow
 * trace: a 0 MAX
 */
#include "./allocator.h"

#include <string.h>

static char *next, *end;

bool myinit(void *heap_start, size_t heap_size) {
  next = heap_start;
  end = next + heap_size;
  return true;
}

void *mymalloc(size_t requested_size) {
  size_t size = (requested_size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  if (requested_size == 0) return NULL;
  if (size > (size_t)(end - next)) return NULL;
  void *result = next;
  next += size;
  return result;
}

void myfree(void *ptr) {}

/* Copies what may not be the old block's: new memory is always behind it, so it is there. */
void *myrealloc(void *old_ptr, size_t new_size) {
  void *moved = mymalloc(new_size);
  if (moved && old_ptr) memmove(moved, old_ptr, new_size);
  return moved;
}
