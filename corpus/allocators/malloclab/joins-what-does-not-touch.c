/* allocheck: broken
 * contract: malloclab
 * cause: a freed block is joined with the free one before it in the list, whether or not they touch: what is put
 *   there next contains a live block
 * clause: live payloads are disjoint
 * expect: disjointness contents termination
 * trace: a 0 24; a 1 24; a 2 24; f 0; f 2; a 3 100
 */
#include "memlib.h"
#include "mm.h"

#include <stdint.h>
#include <string.h>

team_t team = {"allocheck", "address order", "", "", ""};

/* size: bytes of the block with its header, a multiple of 16 */
struct block {
  uint64_t size;
  struct block *next; /* only while free; the payload is here otherwise */
};

#define HEADER sizeof(uint64_t)
#define SMALLEST 32u
#define CHUNK 4096u

static struct block *free_list;

static char *end_of(struct block *b) { return (char *)b + b->size; }

/* Enters the block where it belongs and joins it with what it touches. */
static void enter(struct block *b) {
  struct block *before = NULL, *after = free_list;
  while (after && after < b) {
    before = after;
    after = after->next;
  }
  b->next = after;
  if (after && end_of(b) == (char *)after) {
    b->size += after->size;
    b->next = after->next;
  }
  if (before == NULL) {
    free_list = b;
  } else if (end_of(before) <= (char *)b) {
    before->size += b->size;
    before->next = b->next;
  } else {
    before->next = b;
  }
}

/* Cuts what is more than `size` off and makes it free. */
static void cut(struct block *b, uint64_t size) {
  uint64_t rest = b->size - size;
  if (rest < SMALLEST) return;
  b->size = size;
  struct block *tail = (struct block *)end_of(b);
  tail->size = rest;
  enter(tail);
}

static struct block *take(uint64_t size) {
  for (struct block **link = &free_list; *link; link = &(*link)->next) {
    struct block *b = *link;
    if (b->size < size) continue;
    *link = b->next;
    cut(b, size);
    return b;
  }
  return NULL;
}

static uint64_t block_for(size_t wanted) {
  uint64_t size = (wanted + HEADER + 15) & ~(uint64_t)15;
  return size < SMALLEST ? SMALLEST : size;
}

/* The first payload is 16 bytes from the start of the heap. */
int mm_init(void) {
  free_list = NULL;
  return mem_sbrk((int)HEADER) == (void *)-1 ? -1 : 0;
}

void *mm_malloc(size_t wanted) {
  if (wanted == 0) return NULL;
  uint64_t size = block_for(wanted);
  struct block *b = take(size);
  if (b == NULL) {
    uint64_t more = size > CHUNK ? size : CHUNK;
    b = mem_sbrk((int)more);
    if (b == (void *)-1) return NULL;
    b->size = more;
    enter(b);
    b = take(size);
  }
  return (char *)b + HEADER;
}

static struct block *block_of(void *payload) { return (struct block *)((char *)payload - HEADER); }

void mm_free(void *payload) {
  if (payload) enter(block_of(payload));
}

/* Takes the free block behind, if that is enough. */
static int grow(struct block *b, uint64_t size) {
  struct block **link = &free_list;
  while (*link && (char *)*link < end_of(b)) link = &(*link)->next;
  struct block *next = *link;
  if (next == NULL || (char *)next != end_of(b) || b->size + next->size < size) return 0;
  *link = next->next;
  b->size += next->size;
  return 1;
}

void *mm_realloc(void *payload, size_t wanted) {
  if (payload == NULL) return mm_malloc(wanted);
  if (wanted == 0) {
    mm_free(payload);
    return NULL;
  }
  struct block *b = block_of(payload);
  uint64_t size = block_for(wanted);
  if (b->size >= size || grow(b, size)) {
    cut(b, size);
    return payload;
  }
  void *moved = mm_malloc(wanted);
  if (moved == NULL) return NULL;
  memcpy(moved, payload, b->size - HEADER);
  mm_free(payload);
  return moved;
}
