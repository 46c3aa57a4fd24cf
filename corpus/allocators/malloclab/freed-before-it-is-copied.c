/* allocheck: broken
 * contract: malloclab
 * cause: a block that moves is freed first: splitting what it became part of writes tags into it
 * clause: the first min(old, new) bytes are kept
 * expect: realloc-prefix contents
 * trace: a 0 200; a 1 100; a 2 8; f 0; r 1 240
 */
#include "memlib.h"
#include "mm.h"

#include <string.h>

team_t team = {"allocheck", "implicit list", "", "", ""};

typedef unsigned int word; /* block size in bytes, a multiple of 8; the lowest bit: in use */

#define TAG 4u
#define SMALLEST 16u
#define CHUNK 4096u

static word *header_of(void *bp) { return (word *)((char *)bp - TAG); }
static word size_of(void *bp) { return *header_of(bp) & ~7u; }
static int is_used(void *bp) { return *header_of(bp) & 1; }
static void *next_of(void *bp) { return (char *)bp + size_of(bp); }
static word tag_before(void *bp) { return *(word *)((char *)bp - 2 * TAG); }
static void *previous_of(void *bp) { return (char *)bp - (tag_before(bp) & ~7u); }

static void *first;

static void mark(void *bp, word size, word used) {
  *header_of(bp) = size | used;
  *(word *)((char *)bp + size - 2 * TAG) = size | used;
}

static void *coalesce(void *bp) {
  word size = size_of(bp);
  void *next = next_of(bp);
  if (!is_used(next)) size += size_of(next);
  if (!(tag_before(bp) & 1)) {
    bp = previous_of(bp);
    size += size_of(bp);
  }
  mark(bp, size, 0);
  return bp;
}

/* The old epilogue becomes the new block's header. */
static void *extend(word size) {
  void *bp = mem_sbrk((int)size);
  if (bp == (void *)-1) return NULL;
  mark(bp, size, 0);
  *header_of(next_of(bp)) = 1;
  return coalesce(bp);
}

/* Padding, a prologue without payload, an epilogue of size 0. */
int mm_init(void) {
  char *start = mem_sbrk(4 * (int)TAG);
  if (start == (char *)-1) return -1;
  first = start + 2 * TAG;
  memset(start, 0, TAG);
  mark(first, 2 * TAG, 1);
  *header_of(next_of(first)) = 1;
  return extend(CHUNK) == NULL ? -1 : 0;
}

static word block_for(size_t size) {
  size_t block = (size + 2 * TAG + 7) & ~(size_t)7;
  return block < SMALLEST ? SMALLEST : (word)block;
}

static void *find(word block) {
  for (void *bp = first; size_of(bp) > 0; bp = next_of(bp))
    if (!is_used(bp) && size_of(bp) >= block) return bp;
  return NULL;
}

static void take(void *bp, word block) {
  word rest = size_of(bp) - block;
  if (rest < SMALLEST) {
    mark(bp, size_of(bp), 1);
    return;
  }
  mark(bp, block, 1);
  mark(next_of(bp), rest, 0);
}

void *mm_malloc(size_t size) {
  if (size == 0) return NULL;
  word block = block_for(size);
  void *bp = find(block);
  if (bp == NULL) bp = extend(block > CHUNK ? block : CHUNK);
  if (bp == NULL) return NULL;
  take(bp, block);
  return bp;
}

void mm_free(void *bp) {
  if (bp == NULL) return;
  mark(bp, size_of(bp), 0);
  coalesce(bp);
}

static int grow(void *bp, word block) {
  void *next = next_of(bp);
  word own = size_of(bp);
  if (size_of(next) == 0) {
    if (extend(block - own) == NULL) return 0;
    next = next_of(bp);
  }
  if (is_used(next) || own + size_of(next) < block) return 0;
  mark(bp, own + size_of(next), 1);
  take(bp, block);
  return 1;
}

void *mm_realloc(void *bp, size_t size) {
  if (bp == NULL) return mm_malloc(size);
  if (size == 0) {
    mm_free(bp);
    return NULL;
  }
  word own = size_of(bp), block = block_for(size);
  if (own >= block || grow(bp, block)) return bp;
  mm_free(bp);
  void *moved = mm_malloc(size);
  if (moved == NULL) return NULL;
  memmove(moved, bp, own - 2 * TAG);
  return moved;
}
