/* allocheck: broken
 * contract: malloclab
 * cause: a block is split whatever is left: of 16 bytes, the links lie over the tag of the next
 * clause: a call returns
 * expect: termination disjointness contents containment
 * trace: a 0 40; a 1 24; f 0; a 2 32; f 1
 */
#include "memlib.h"
#include "mm.h"

#include <stdint.h>
#include <string.h>

team_t team = {"allocheck", "explicit list", "", "", ""};

/* tag: block size in bytes with both tags, a multiple of 16; the lowest bit: in use */
struct block {
  uint64_t tag;
  struct block *next, *previous; /* only while free; the payload is here otherwise */
};

#define TAG sizeof(uint64_t)
#define SMALLEST 32
#define CHUNK 8192
#define LOOKS 16

static struct block *free_list;

static uint64_t size_of(const struct block *b) { return b->tag & ~(uint64_t)15; }
static struct block *behind(struct block *b) { return (struct block *)((char *)b + size_of(b)); }
static uint64_t *tag_before(struct block *b) { return (uint64_t *)b - 1; }

static void mark(struct block *b, uint64_t size, uint64_t used) {
  b->tag = size | used;
  *tag_before(behind(b)) = size | used;
}

static void insert(struct block *b) {
  b->next = free_list;
  b->previous = NULL;
  if (free_list) free_list->previous = b;
  free_list = b;
}

static void drop(struct block *b) {
  if (b->previous) b->previous->next = b->next;
  else free_list = b->next;
  if (b->next) b->next->previous = b->previous;
}

/* Joins with free neighbours and enters the list. */
static struct block *release(struct block *b) {
  uint64_t size = size_of(b);
  struct block *next = behind(b);
  if (!(next->tag & 1)) {
    drop(next);
    size += size_of(next);
  }
  if (!(*tag_before(b) & 1)) {
    b = (struct block *)((char *)b - (*tag_before(b) & ~(uint64_t)15));
    drop(b);
    size += size_of(b);
  }
  mark(b, size, 0);
  insert(b);
  return b;
}

static struct block *extend(uint64_t size) {
  char *end = mem_sbrk((int)size);
  if (end == (char *)-1) return NULL;
  struct block *b = (struct block *)(end - TAG); /* where the epilogue was */
  mark(b, size, 0);
  behind(b)->tag = 1;
  return release(b);
}

int mm_init(void) {
  uint64_t *start = mem_sbrk(2 * (int)TAG);
  free_list = NULL;
  if (start == (void *)-1) return -1;
  start[0] = start[1] = 1;
  return 0;
}

static struct block *find(uint64_t size) {
  struct block *best = NULL;
  int looks = 0;
  for (struct block *b = free_list; b && looks < LOOKS; b = b->next) {
    if (size_of(b) < size) continue;
    looks++;
    if (best == NULL || size_of(b) < size_of(best)) best = b;
  }
  return best;
}

void *mm_malloc(size_t wanted) {
  if (wanted == 0) return NULL;
  uint64_t size = (wanted + 2 * TAG + 15) & ~(uint64_t)15;
  if (size < SMALLEST) size = SMALLEST;
  struct block *b = find(size);
  if (b == NULL) b = extend(size > CHUNK ? size : CHUNK);
  if (b == NULL) return NULL;
  drop(b);
  uint64_t rest = size_of(b) - size;
  if (rest == 0) {
    mark(b, size_of(b), 1);
  } else {
    mark(b, size, 1);
    mark(behind(b), rest, 0);
    insert(behind(b));
  }
  return (char *)b + TAG;
}

void mm_free(void *payload) {
  if (payload == NULL) return;
  struct block *b = (struct block *)((char *)payload - TAG);
  mark(b, size_of(b), 0);
  release(b);
}

void *mm_realloc(void *payload, size_t wanted) {
  if (payload == NULL) return mm_malloc(wanted);
  if (wanted == 0) {
    mm_free(payload);
    return NULL;
  }
  void *moved = mm_malloc(wanted);
  if (moved == NULL) return NULL;
  struct block *b = (struct block *)((char *)payload - TAG);
  size_t kept = size_of(b) - 2 * TAG;
  memcpy(moved, payload, kept < wanted ? kept : wanted);
  mm_free(payload);
  return moved;
}
