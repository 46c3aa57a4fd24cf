/* allocheck: broken
 * contract: iso-c
 * symbols: malloc=my_malloc,calloc=my_calloc,realloc=my_realloc,free=my_free
 * cause: payloads lie 8 bytes behind a multiple of 16
 * clause: requests of 16 bytes or more are aligned to 16
 * expect: alignment
 * trace: a 0 16
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef union unit {
  struct {
    union unit *next;
    size_t units; /* with this one */
  } s;
  _Alignas(16) char align[16];
} unit;

#define ARENA 4096
#define MORE 8192

static unit arena[ARENA];
static unit base, *last;

void my_free(void *pointer) {
  if (pointer == NULL) return;
  unit *block = (unit *)((char *)pointer - 8) - 1, *p;
  for (p = last; !(block > p && block < p->s.next); p = p->s.next)
    if (p >= p->s.next && (block > p || block < p->s.next)) break;
  if (block + block->s.units == p->s.next && p->s.next != &base) {
    block->s.units += p->s.next->s.units;
    block->s.next = p->s.next->s.next;
  } else {
    block->s.next = p->s.next;
  }
  if (p + p->s.units == block && p != &base) {
    p->s.units += block->s.units;
    p->s.next = block->s.next;
  } else {
    p->s.next = block;
  }
  last = p;
}

static void start(void) {
  base.s.next = last = &base;
  base.s.units = 1;
  arena[0].s.units = ARENA;
  my_free((char *)(arena + 1) + 8);
}

static int more(size_t units) {
  if (units < MORE) units = MORE;
  unit *block = aligned_alloc(sizeof(unit), units * sizeof(unit));
  if (block == NULL) return 0;
  block->s.units = units;
  my_free((char *)(block + 1) + 8);
  return 1;
}

void *my_malloc(size_t size) {
  if (size > SIZE_MAX / 2) return NULL;
  size_t units = (size + 8 + sizeof(unit) - 1) / sizeof(unit) + 1;
  if (last == NULL) start();
  unit *before = last;
  for (unit *p = before->s.next;; before = p, p = p->s.next) {
    if (p != &base && p->s.units >= units) {
      if (p->s.units == units) {
        before->s.next = p->s.next;
      } else {
        p->s.units -= units;
        p += p->s.units;
        p->s.units = units;
      }
      last = before;
      return (char *)(p + 1) + 8;
    }
    if (p == last) {
      if (!more(units)) return NULL;
      p = last;
    }
  }
}

void *my_calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  void *result = my_malloc(bytes);
  return result ? memset(result, 0, bytes) : NULL;
}

void *my_realloc(void *pointer, size_t size) {
  if (pointer == NULL) return my_malloc(size);
  void *moved = my_malloc(size);
  if (moved == NULL) return NULL;
  size_t kept = (((unit *)((char *)pointer - 8))[-1].s.units - 1) * sizeof(unit) - 8;
  memcpy(moved, pointer, kept < size ? kept : size);
  my_free(pointer);
  return moved;
}
