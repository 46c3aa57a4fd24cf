/* allocheck: sound
 * contract: cs107
 * differs: the interface of older editions: myinit takes nothing, pages come from segment.h. Size in front of and
 *   behind each block, both neighbours joined when one is freed, first fit over all blocks
 */
#include "allocator.h"
#include "segment.h"

#include <stdint.h>
#include <string.h>

/* The tag in front of a payload and behind it: bytes of the payload, a multiple of 8; the lowest bit: in use. */
typedef uint64_t tag;

#define TAG sizeof(tag)
#define LEAST 16u

/* Between one tag in use at the start and one at the end, both of size 0. */
static char *start, *end;

static tag *front(char *payload) { return (tag *)(payload - TAG); }
static tag size_of(char *payload) { return *front(payload) & ~(tag)7; }
static char *next_of(char *payload) { return payload + size_of(payload) + 2 * TAG; }
static tag tag_before(char *payload) { return *(tag *)(payload - 2 * TAG); }

static void mark(char *payload, tag size, tag used) {
  *front(payload) = *(tag *)(payload + size) = size | used;
}

static char *join(char *payload) {
  tag size = size_of(payload);
  if (!(*front(next_of(payload)) & 1)) size += size_of(next_of(payload)) + 2 * TAG;
  if (!(tag_before(payload) & 1)) {
    tag before = tag_before(payload);
    payload -= before + 2 * TAG;
    size += before + 2 * TAG;
  }
  mark(payload, size, 0);
  return payload;
}

/* The segment has been lengthened to `to`: what is new becomes a free block. */
static char *add(char *from, char *to) {
  end = to;
  *(tag *)(end - TAG) = 1;
  mark(from, (tag)(end - TAG - from) - TAG, 0);
  return join(from);
}

bool myinit(void) {
  start = init_heap_segment(1);
  if (start == NULL) return false;
  *(tag *)start = 1;
  add(start + 2 * TAG, start + PAGE_SIZE);
  return true;
}

static void take(char *payload, tag size) {
  tag rest = size_of(payload) - size;
  if (rest < 2 * TAG + LEAST) {
    mark(payload, size_of(payload), 1);
    return;
  }
  mark(payload, size, 1);
  mark(next_of(payload), rest - 2 * TAG, 0);
  join(next_of(payload));
}

static char *find(tag size) {
  for (char *at = start + 2 * TAG; at < end; at = next_of(at))
    if (!(*front(at) & 1) && size_of(at) >= size) return at;
  return NULL;
}

static tag round_up(size_t size) { return size < LEAST ? LEAST : (size + 7) & ~(tag)7; }

void *mymalloc(size_t requestedsz) {
  if (requestedsz == 0 || requestedsz > MAX_REQUEST_SIZE) return NULL;
  tag size = round_up(requestedsz);
  char *payload = find(size);
  if (payload == NULL) {
    size_t pages = (size + 2 * TAG + PAGE_SIZE - 1) / PAGE_SIZE;
    char *more = extend_heap_segment(pages);
    if (more == NULL) return NULL;
    payload = add(more, more + pages * PAGE_SIZE);
  }
  take(payload, size);
  return payload;
}

void myfree(void *ptr) {
  if (ptr == NULL) return;
  mark(ptr, size_of(ptr), 0);
  join(ptr);
}

void *myrealloc(void *oldptr, size_t newsz) {
  if (oldptr == NULL) return mymalloc(newsz);
  if (newsz == 0) {
    myfree(oldptr);
    return NULL;
  }
  if (newsz > MAX_REQUEST_SIZE) return NULL;
  tag own = size_of(oldptr), size = round_up(newsz);
  char *next = next_of(oldptr);
  if (own < size && !(*front(next) & 1) && own + 2 * TAG + size_of(next) >= size) {
    own += 2 * TAG + size_of(next);
    mark(oldptr, own, 1);
  }
  if (own >= size) {
    take(oldptr, size);
    return oldptr;
  }
  void *moved = mymalloc(newsz);
  if (moved == NULL) return NULL;
  memcpy(moved, oldptr, own);
  myfree(oldptr);
  return moved;
}

bool validate_heap(void) { return true; }
