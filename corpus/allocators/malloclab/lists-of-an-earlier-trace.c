/* allocheck: broken
 * contract: malloclab
 * cause: mm_init does not empty its lists: what is in them lies in the heap of an earlier trace
 * clause: mm_init begins with an empty heap, before each trace
 * expect: containment termination disjointness contents
 * trace: a 0 24; a 1 200
 */
#include "memlib.h"
#include "mm.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef DRIVER
#define malloc mm_malloc
#define free mm_free
#define realloc mm_realloc
#define memcpy mem_memcpy
#endif

/* Before each payload: the class, or for a large block its bytes. */
struct block {
  uint64_t size_or_class;
  struct block *next; /* only while free; the payload is here otherwise */
};

#define HEADER sizeof(uint64_t)
#define CLASSES 7 /* payloads of 24, 56, 120, 248, 504, 1016, 2040 bytes */
#define PAGES 8192u

static struct block *lists[CLASSES], *large;

static uint64_t bytes_of(uint64_t class) { return (uint64_t)32 << class; }

bool mm_init(void) {
  large = NULL;
  return mem_sbrk(HEADER) != (void *)-1;
}

static bool refill(uint64_t class) {
  char *start = mem_sbrk(PAGES);
  if (start == (void *)-1) return false;
  for (char *at = start; at < start + PAGES; at += bytes_of(class)) {
    struct block *b = (struct block *)at;
    b->next = lists[class];
    lists[class] = b;
  }
  return true;
}

static void *malloc_large(size_t size) {
  for (struct block **link = &large; *link; link = &(*link)->next) {
    struct block *b = *link;
    if (b->size_or_class < size) continue;
    *link = b->next;
    return (char *)b + HEADER;
  }
  uint64_t whole = (size + HEADER + 15) & ~(uint64_t)15;
  struct block *b = mem_sbrk((int)whole);
  if (b == (void *)-1) return NULL;
  b->size_or_class = whole - HEADER;
  return (char *)b + HEADER;
}

void *malloc(size_t size) {
  uint64_t class = 0;
  if (size == 0) return NULL;
  while (class < CLASSES && bytes_of(class) < size + HEADER) class++;
  if (class == CLASSES) return malloc_large(size);
  if (lists[class] == NULL && !refill(class)) return NULL;
  struct block *b = lists[class];
  lists[class] = b->next;
  b->size_or_class = class;
  return (char *)b + HEADER;
}

static struct block *block_of(void *payload) { return (struct block *)((char *)payload - HEADER); }

static uint64_t room_of(struct block *b) {
  return b->size_or_class < CLASSES ? bytes_of(b->size_or_class) - HEADER : b->size_or_class;
}

void free(void *payload) {
  if (payload == NULL) return;
  struct block *b = block_of(payload);
  struct block **list = b->size_or_class < CLASSES ? &lists[b->size_or_class] : &large;
  b->next = *list;
  *list = b;
}

void *realloc(void *payload, size_t size) {
  if (payload == NULL) return malloc(size);
  if (size == 0) {
    free(payload);
    return NULL;
  }
  uint64_t room = room_of(block_of(payload));
  if (size <= room) return payload;
  void *moved = malloc(size);
  if (moved == NULL) return NULL;
  memcpy(moved, payload, room);
  free(payload);
  return moved;
}
