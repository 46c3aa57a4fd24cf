/* allocheck: sound
 * contract: cs107
 * differs: nothing is ever used again, so that the heap is soon full: NULL is lawful then
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
