/* allocheck: broken
 * contract: cs107
 * cause: a block that another one absorbs stays in the list
 * clause: live payloads are disjoint
 * expect: termination disjointness contents containment
 * trace: a 0 24; a 1 24; a 2 8; f 1; r 0 40; a 3 24
 */
#include "./allocator.h"

#include <stdint.h>
#include <string.h>

/* size: bytes of the payload, a multiple of 8, not below 16; the lowest bit: in use */
struct block {
  uint64_t size;
  struct block *next, *previous; /* only while free; the payload is here otherwise */
};

#define HEADER sizeof(uint64_t)
#define LEAST 16u

static char *heap_end;
static struct block *free_list;

static uint64_t size_of(struct block *b) { return b->size & ~(uint64_t)7; }
static struct block *behind(struct block *b) { return (struct block *)((char *)b + HEADER + size_of(b)); }
static int is_free(struct block *b) { return (char *)b < heap_end && !(b->size & 1); }

static void insert(struct block *b) {
  b->previous = NULL;
  b->next = free_list;
  if (free_list) free_list->previous = b;
  free_list = b;
}

static void drop(struct block *b) {
  if (b->previous) b->previous->next = b->next;
  else free_list = b->next;
  if (b->next) b->next->previous = b->previous;
}

/* A block that is in no list takes the one behind, which is free. */
static void absorb(struct block *b) {
  struct block *next = behind(b);
  b->size += HEADER + size_of(next);
}

bool myinit(void *heap_start, size_t heap_size) {
  heap_size &= ~(size_t)7;
  if (heap_size < HEADER + LEAST) return false;
  heap_end = (char *)heap_start + heap_size;
  free_list = NULL;
  struct block *all = heap_start;
  all->size = heap_size - HEADER;
  insert(all);
  return true;
}

static uint64_t round_up(size_t size) {
  return size < LEAST ? LEAST : (size + 7) & ~(uint64_t)7;
}

/* Cuts off what is too much of a block in use. */
static void cut(struct block *b, uint64_t size) {
  uint64_t rest = size_of(b) - size;
  if (rest < HEADER + LEAST) return;
  b->size = size | 1;
  struct block *tail = behind(b);
  tail->size = rest - HEADER;
  if (is_free(behind(tail))) absorb(tail);
  insert(tail);
}

void *mymalloc(size_t requested_size) {
  if (requested_size == 0 || requested_size > MAX_REQUEST_SIZE) return NULL;
  uint64_t size = round_up(requested_size);
  for (struct block *b = free_list; b; b = b->next) {
    if (size_of(b) < size) continue;
    drop(b);
    b->size |= 1;
    cut(b, size);
    return (char *)b + HEADER;
  }
  return NULL;
}

static struct block *block_of(void *ptr) { return (struct block *)((char *)ptr - HEADER); }

void myfree(void *ptr) {
  if (ptr == NULL) return;
  struct block *b = block_of(ptr);
  b->size &= ~(uint64_t)1;
  if (is_free(behind(b))) absorb(b);
  insert(b);
}

void *myrealloc(void *old_ptr, size_t new_size) {
  if (old_ptr == NULL) return mymalloc(new_size);
  if (new_size == 0) {
    myfree(old_ptr);
    return NULL;
  }
  if (new_size > MAX_REQUEST_SIZE) return NULL;
  struct block *b = block_of(old_ptr);
  uint64_t size = round_up(new_size), old_size = size_of(b);
  while (size_of(b) < size && is_free(behind(b))) absorb(b);
  if (size_of(b) >= size) {
    cut(b, size);
    return old_ptr;
  }
  void *moved = mymalloc(new_size);
  if (moved == NULL) return NULL;
  memcpy(moved, old_ptr, old_size);
  myfree(old_ptr);
  return moved;
}

bool validate_heap(void) { return true; }
