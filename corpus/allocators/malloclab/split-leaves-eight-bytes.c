/* allocheck: broken
 * contract: malloclab
 * cause: a block is split whatever is left: the links of 8 bytes lie over the next header
 * clause: a call returns
 * expect: termination contents disjointness containment
 * trace: a 0 16; a 1 8; f 0; a 2 8; f 1
 */
#include "memlib.h"
#include "mm.h"

#include <string.h>

team_t team = {"allocheck", "segregated fits", "", "", ""};

typedef unsigned int word;

/* Of the block at bp: its tags (bytes of the block, a multiple of 8; the lowest bit: in use), its links while free. */
#define HEADER(bp) (*(word *)((char *)(bp) - 4))
#define SIZE(bp) (HEADER(bp) & ~7u)
#define FOOTER(bp) (*(word *)((char *)(bp) + SIZE(bp) - 8))
#define USED(bp) (HEADER(bp) & 1)
#define NEXT(bp) ((char *)(bp) + SIZE(bp))
#define TAG_BEFORE(bp) (*(word *)((char *)(bp) - 8))
#define BEFORE(bp) ((char *)(bp) - (TAG_BEFORE(bp) & ~7u))
#define LATER(bp) (*(word *)(bp))
#define EARLIER(bp) (*(word *)((char *)(bp) + 4))
#define AT(link) ((char *)(unsigned long)(link))

#define SMALLEST 16u
#define CHUNK 2048u
#define LISTS 20

static word lists[LISTS];

static int list_of(word size) {
  int list = 0;
  for (word limit = SMALLEST; limit < size && list < LISTS - 1; limit *= 2) list++;
  return list;
}

static void mark(void *bp, word size, word used) {
  HEADER(bp) = size | used;
  FOOTER(bp) = size | used;
}

static void insert(void *bp) {
  word *list = &lists[list_of(SIZE(bp))];
  LATER(bp) = *list;
  EARLIER(bp) = 0;
  if (*list) EARLIER(AT(*list)) = (word)(unsigned long)bp;
  *list = (word)(unsigned long)bp;
}

static void drop(void *bp) {
  if (EARLIER(bp)) LATER(AT(EARLIER(bp))) = LATER(bp);
  else lists[list_of(SIZE(bp))] = LATER(bp);
  if (LATER(bp)) EARLIER(AT(LATER(bp))) = EARLIER(bp);
}

static void *release(void *bp) {
  word size = SIZE(bp);
  if (!USED(NEXT(bp))) {
    void *next = NEXT(bp);
    drop(next);
    size += SIZE(next);
  }
  if (!(TAG_BEFORE(bp) & 1)) {
    bp = BEFORE(bp);
    drop(bp);
    size += SIZE(bp);
  }
  mark(bp, size, 0);
  insert(bp);
  return bp;
}

static void *extend(word size) {
  char *bp = mem_sbrk((int)size);
  if (bp == (void *)-1) return NULL;
  mark(bp, size, 0);
  HEADER(NEXT(bp)) = 1;
  return release(bp);
}

int mm_init(void) {
  word *start = mem_sbrk(16);
  if (start == (void *)-1) return -1;
  start[0] = 0;
  start[1] = start[2] = 8 | 1;
  start[3] = 1;
  memset(lists, 0, sizeof lists);
  return 0;
}

static void *find(word size) {
  for (int list = list_of(size); list < LISTS; list++)
    for (word bp = lists[list]; bp; bp = LATER(AT(bp)))
      if (SIZE(AT(bp)) >= size) return AT(bp);
  return NULL;
}

/* The block is in no list. */
static void place(void *bp, word size) {
  word rest = SIZE(bp) - size;
  if (rest == 0) {
    mark(bp, SIZE(bp), 1);
    return;
  }
  mark(bp, size, 1);
  mark(NEXT(bp), rest, 0);
  release(NEXT(bp));
}

static word block_for(size_t wanted) {
  word size = ((word)wanted + 8 + 7) & ~7u;
  return size < SMALLEST ? SMALLEST : size;
}

void *mm_malloc(size_t wanted) {
  if (wanted == 0) return NULL;
  word size = block_for(wanted);
  void *bp = find(size);
  if (bp == NULL) bp = extend(size > CHUNK ? size : CHUNK);
  if (bp == NULL) return NULL;
  drop(bp);
  place(bp, size);
  return bp;
}

void mm_free(void *bp) {
  if (bp == NULL) return;
  mark(bp, SIZE(bp), 0);
  release(bp);
}

/* Into a free block behind; at the end of the heap the heap grows by what is missing. */
static int grow(void *bp, word size) {
  char *next = NEXT(bp);
  word has = SIZE(bp) + (USED(next) ? 0 : SIZE(next));
  char *last = USED(next) ? next : NEXT(next);
  if (has < size) {
    if (SIZE(last) != 0) return 0;
    word missing = size - has;
    if (extend(missing < SMALLEST ? SMALLEST : missing) == NULL) return 0;
  }
  next = NEXT(bp);
  drop(next);
  mark(bp, SIZE(bp) + SIZE(next), 1);
  return 1;
}

void *mm_realloc(void *bp, size_t wanted) {
  if (bp == NULL) return mm_malloc(wanted);
  if (wanted == 0) {
    mm_free(bp);
    return NULL;
  }
  word size = block_for(wanted), own = SIZE(bp);
  if (own >= size) {
    place(bp, size);
    return bp;
  }
  if (grow(bp, size)) {
    place(bp, size);
    return bp;
  }
  void *moved = mm_malloc(wanted);
  if (moved == NULL) return NULL;
  memcpy(moved, bp, own - 8);
  mm_free(bp);
  return moved;
}
