/* allocheck: broken
 * contract: cs107
 * cause: a block that moves leaves its last word behind
 * clause: the first min(old, new) bytes are kept
 * expect: realloc-prefix
 * trace: a 0 24; a 1 8; r 0 400
 */
#include "./allocator.h"

#include <stdint.h>
#include <string.h>

typedef uint64_t header; /* payload bytes, a multiple of 8; the lowest bit: in use */

static char *heap, *heap_end;

bool myinit(void *heap_start, size_t heap_size) {
  if (heap_size < 2 * sizeof(header)) return false;
  heap = heap_start;
  heap_end = heap + (heap_size & ~(size_t)7);
  *(header *)heap = (header)(heap_end - heap) - sizeof(header);
  return true;
}

static uint64_t size_of(char *at) { return *(header *)at & ~(header)7; }
static int is_used(char *at) { return *(header *)at & 1; }
static char *behind(char *at) { return at + sizeof(header) + size_of(at); }

static void join(char *at) {
  for (char *next = behind(at); next < heap_end && !is_used(next); next = behind(at))
    *(header *)at += sizeof(header) + size_of(next);
}

static void take(char *at, uint64_t size) {
  uint64_t rest = size_of(at) - size;
  if (rest >= 2 * sizeof(header)) {
    *(header *)at = size;
    *(header *)behind(at) = rest - sizeof(header);
  }
  *(header *)at |= 1;
}

static uint64_t round_up(size_t size) {
  return size < 8 ? 8 : (size + 7) & ~(uint64_t)7;
}

void *mymalloc(size_t requested_size) {
  if (requested_size == 0 || requested_size > MAX_REQUEST_SIZE) return NULL;
  uint64_t size = round_up(requested_size);
  for (char *at = heap; at < heap_end; at = behind(at)) {
    if (is_used(at)) continue;
    join(at);
    if (size_of(at) < size) continue;
    take(at, size);
    return at + sizeof(header);
  }
  return NULL;
}

void myfree(void *ptr) {
  if (ptr) *(header *)((char *)ptr - sizeof(header)) &= ~(header)1;
}

void *myrealloc(void *old_ptr, size_t new_size) {
  if (old_ptr == NULL) return mymalloc(new_size);
  if (new_size == 0) {
    myfree(old_ptr);
    return NULL;
  }
  if (new_size > MAX_REQUEST_SIZE) return NULL;
  char *at = (char *)old_ptr - sizeof(header);
  uint64_t old_size = size_of(at), size = round_up(new_size);
  if (old_size < size) {
    *(header *)at &= ~(header)1;
    join(at);
    *(header *)at |= 1;
  }
  if (size_of(at) >= size) {
    take(at, size);
    return old_ptr;
  }
  void *moved = mymalloc(new_size);
  if (moved == NULL) return NULL;
  memcpy(moved, old_ptr, old_size - sizeof(header));
  myfree(old_ptr);
  return moved;
}

bool validate_heap(void) { return true; }
