/* allocheck: broken
 * contract: malloclab
 * cause: where the search goes on is not moved when the block there is joined with the one before: it takes old
 *   headers for blocks
 * clause: live payloads are disjoint
 * expect: disjointness contents termination
 * trace: a 0 24; a 1 24; f 0; f 1; a 2 100; a 3 3900; a 4 24; a 5 200
 */
#include "memlib.h"
#include "mm.h"

#include <string.h>

team_t team = {"allocheck", "footers elided", "", "", ""};

typedef unsigned int word;

#define HEADER 4u
#define SMALLEST 16u
#define CHUNK 4096u
#define USED 1u
#define USED_BEFORE 2u

static char *first, *rover;

static word *header_of(char *bp) { return (word *)(bp - HEADER); }
static word size_of(char *bp) { return *header_of(bp) & ~7u; }
static word is_used(char *bp) { return *header_of(bp) & USED; }
static char *next_of(char *bp) { return bp + size_of(bp); }

/* Keeps what the header says of the block before. */
static void mark_used(char *bp, word size) {
  *header_of(bp) = size | USED | (*header_of(bp) & USED_BEFORE);
  *header_of(next_of(bp)) |= USED_BEFORE;
}

static void mark_free(char *bp, word size) {
  *header_of(bp) = size | (*header_of(bp) & USED_BEFORE);
  *(word *)(next_of(bp) - 2 * HEADER) = size;
  *header_of(next_of(bp)) &= ~USED_BEFORE;
}

/* A rover within the joined block goes back to its start. */
static char *release(char *bp) {
  word size = size_of(bp);
  if (!is_used(next_of(bp))) size += size_of(next_of(bp));
  if (!(*header_of(bp) & USED_BEFORE)) {
    word before = *(word *)(bp - 2 * HEADER);
    bp -= before;
    size += before;
  }
  mark_free(bp, size);
  return bp;
}

/* The old epilogue becomes the header of the new block. */
static char *extend(word size) {
  char *bp = mem_sbrk((int)size);
  if (bp == (char *)-1) return NULL;
  *header_of(bp) = size | (*header_of(bp) & USED_BEFORE);
  *header_of(bp + size) = USED;
  mark_free(bp, size);
  return release(bp);
}

int mm_init(void) {
  char *start = mem_sbrk(2 * HEADER);
  if (start == (char *)-1) return -1;
  first = rover = start + 2 * HEADER;
  *header_of(first) = USED | USED_BEFORE;
  return extend(CHUNK) == NULL ? -1 : 0;
}

static char *find(word size) {
  for (char *bp = rover; size_of(bp) > 0; bp = next_of(bp))
    if (!is_used(bp) && size_of(bp) >= size) return bp;
  for (char *bp = first; bp < rover; bp = next_of(bp))
    if (!is_used(bp) && size_of(bp) >= size) return bp;
  return NULL;
}

static void place(char *bp, word size) {
  word rest = size_of(bp) - size;
  if (rest < SMALLEST) {
    mark_used(bp, size_of(bp));
    return;
  }
  mark_used(bp, size);
  *header_of(next_of(bp)) = rest | USED_BEFORE;
  mark_free(next_of(bp), rest);
  release(next_of(bp));
}

static word block_for(size_t wanted) {
  word size = ((word)wanted + HEADER + 7) & ~7u;
  return size < SMALLEST ? SMALLEST : size;
}

void *mm_malloc(size_t wanted) {
  if (wanted == 0) return NULL;
  word size = block_for(wanted);
  char *bp = find(size);
  if (bp == NULL) bp = extend(size > CHUNK ? size : CHUNK);
  if (bp == NULL) return NULL;
  place(bp, size);
  rover = bp;
  return bp;
}

void mm_free(void *bp) {
  if (bp == NULL) return;
  mark_free(bp, size_of(bp));
  release(bp);
}

void *mm_realloc(void *bp, size_t wanted) {
  if (bp == NULL) return mm_malloc(wanted);
  if (wanted == 0) {
    mm_free(bp);
    return NULL;
  }
  word size = block_for(wanted), own = size_of(bp);
  if (own >= size) {
    place(bp, size);
    return bp;
  }
  char *next = next_of(bp);
  if (!is_used(next) && own + size_of(next) >= size) {
    if (rover == next) rover = bp;
    mark_used(bp, own + size_of(next));
    place(bp, size);
    return bp;
  }
  void *moved = mm_malloc(wanted);
  if (moved == NULL) return NULL;
  memcpy(moved, bp, own - HEADER);
  mm_free(bp);
  return moved;
}
