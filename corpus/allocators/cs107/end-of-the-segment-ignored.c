/* allocheck: broken
 * contract: cs107
 * cause: there is no end: payloads lie behind the segment
 * clause: every payload lies in the heap
 * expect: containment termination
 * trace: a 0 20000000; a 1 20000000
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
  if (requested_size == 0 || requested_size > MAX_REQUEST_SIZE) return NULL;
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
