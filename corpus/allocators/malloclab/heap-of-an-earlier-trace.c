/* allocheck: broken
 * contract: malloclab
 * cause: mm_init keeps the base of the heap that it once had, and its free blocks, as a flag says that it has been
 *   called
 * clause: mm_init begins with an empty heap, before each trace
 * expect: containment termination
 * trace: a 0 24
 */
#include "memlib.h"
#include "mm.h"

#include <stdint.h>
#include <string.h>

team_t team = {"allocheck", "buddies", "", "", ""};

struct block {
  uint32_t order; /* the block has 2^order bytes, its header included */
  uint32_t used;
  struct block *next, *previous; /* only while free; the payload is here otherwise */
};

#define HEADER 8u
#define LEAST 5  /* 32 bytes */
#define FIRST 12 /* what the heap starts with */
#define MOST 24  /* 16 MiB; twice that is more than there is */

static char *base;
static uint32_t top; /* order of the whole heap */
static struct block *lists[MOST + 1];

static uint64_t bytes(uint32_t order) { return (uint64_t)1 << order; }

static void insert(struct block *b, uint32_t order) {
  b->order = order;
  b->used = 0;
  b->previous = NULL;
  b->next = lists[order];
  if (b->next) b->next->previous = b;
  lists[order] = b;
}

static void drop(struct block *b) {
  if (b->previous) b->previous->next = b->next;
  else lists[b->order] = b->next;
  if (b->next) b->next->previous = b->previous;
}

static struct block *buddy_of(struct block *b, uint32_t order) {
  return (struct block *)(base + ((uint64_t)((char *)b - base) ^ bytes(order)));
}

static void release(struct block *b, uint32_t order) {
  for (; order < top; order++) {
    struct block *buddy = buddy_of(b, order);
    if (buddy->used || buddy->order != order) break;
    drop(buddy);
    if (buddy < b) b = buddy;
  }
  insert(b, order);
}

/* The heap becomes the lower half of one that is twice as large. */
static int grow(void) {
  if (top == MOST) return 0;
  struct block *upper = mem_sbrk((int)bytes(top));
  if (upper == (void *)-1) return 0;
  top++;
  release(upper, top - 1);
  return 1;
}

int mm_init(void) {
  static int is_called;
  if (is_called) return 0;
  is_called = 1;
  char *start = mem_sbrk(8); /* so that payloads lie at multiples of 16 */
  if (start == (char *)-1) return -1;
  base = mem_sbrk(1 << FIRST);
  if (base == (char *)-1) return -1;
  top = FIRST;
  memset(lists, 0, sizeof lists);
  insert((struct block *)base, FIRST);
  return 0;
}

static uint32_t order_for(size_t wanted) {
  uint32_t order = LEAST;
  while (order <= MOST && bytes(order) < wanted + HEADER) order++;
  return order;
}

static struct block *take(uint32_t order) {
  uint32_t from = order;
  while (from <= top && lists[from] == NULL) from++;
  if (from > top) return NULL;
  struct block *b = lists[from];
  drop(b);
  while (from > order) {
    from--;
    insert((struct block *)((char *)b + bytes(from)), from);
  }
  b->order = order;
  b->used = 1;
  return b;
}

void *mm_malloc(size_t wanted) {
  if (wanted == 0) return NULL;
  uint32_t order = order_for(wanted);
  if (order > MOST) return NULL;
  struct block *b = take(order);
  while (b == NULL) {
    if (!grow()) return NULL;
    b = take(order);
  }
  return (char *)b + HEADER;
}

static struct block *block_of(void *payload) { return (struct block *)((char *)payload - HEADER); }

void mm_free(void *payload) {
  if (payload == NULL) return;
  struct block *b = block_of(payload);
  release(b, b->order);
}

void *mm_realloc(void *payload, size_t wanted) {
  if (payload == NULL) return mm_malloc(wanted);
  if (wanted == 0) {
    mm_free(payload);
    return NULL;
  }
  size_t has = bytes(block_of(payload)->order) - HEADER;
  if (wanted <= has) return payload;
  void *moved = mm_malloc(wanted);
  if (moved == NULL) return NULL;
  memcpy(moved, payload, has);
  mm_free(payload);
  return moved;
}
