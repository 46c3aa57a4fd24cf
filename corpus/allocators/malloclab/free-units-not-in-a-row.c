/* allocheck: broken
 * contract: malloclab
 * cause: free units are counted on beyond those in use: a run of them contains a live block
 * clause: live payloads are disjoint
 * expect: disjointness contents
 * trace: a 0 16; a 1 16; f 0; a 2 32
 */
#include "memlib.h"
#include "mm.h"

#include <stdint.h>
#include <string.h>

team_t team = {"allocheck", "bitmap", "", "", ""};

#define UNIT 16u
#define UNITS 1024u /* of a common chunk */

/* Then come `units` bits of `used`, as many of `last`, each in whole 16 bytes, and the units. */
struct chunk {
  struct chunk *next;
  uint32_t units, free_units;
};

static struct chunk *chunks;

static uint32_t map_bytes(uint32_t units) { return (units + 127) / 128 * 16; }
static unsigned char *used_of(struct chunk *c) { return (unsigned char *)(c + 1); }
static unsigned char *last_of(struct chunk *c) { return used_of(c) + map_bytes(c->units); }
static char *units_of(struct chunk *c) { return (char *)last_of(c) + map_bytes(c->units); }

static int get(const unsigned char *map, uint32_t i) { return map[i / 8] >> i % 8 & 1; }

static void set(unsigned char *map, uint32_t i, int to) {
  if (to) map[i / 8] |= (unsigned char)(1 << i % 8);
  else map[i / 8] &= (unsigned char)~(1 << i % 8);
}

static struct chunk *new_chunk(uint32_t units) {
  uint32_t maps = 2 * map_bytes(units);
  struct chunk *c = mem_sbrk((int)(sizeof *c + maps + units * UNIT));
  if (c == (void *)-1) return NULL;
  c->units = c->free_units = units;
  c->next = chunks;
  chunks = c;
  memset(c + 1, 0, maps);
  return c;
}

int mm_init(void) {
  chunks = NULL;
  return 0;
}

/* The first unit of a free run of `wanted`, or `units`. */
static uint32_t find(struct chunk *c, uint32_t wanted) {
  uint32_t run = 0;
  if (c->free_units < wanted) return c->units;
  for (uint32_t i = 0; i < c->units; i++) {
    run += get(used_of(c), i) ? 0 : 1;
    if (run == wanted) return i + 1 - wanted;
  }
  return c->units;
}

static void *take(struct chunk *c, uint32_t at, uint32_t wanted) {
  for (uint32_t i = at; i < at + wanted; i++) set(used_of(c), i, 1);
  set(last_of(c), at + wanted - 1, 1);
  c->free_units -= wanted;
  return units_of(c) + at * UNIT;
}

void *mm_malloc(size_t size) {
  if (size == 0) return NULL;
  uint32_t wanted = (uint32_t)((size + UNIT - 1) / UNIT);
  for (struct chunk *c = chunks; c; c = c->next) {
    uint32_t at = find(c, wanted);
    if (at < c->units) return take(c, at, wanted);
  }
  struct chunk *c = new_chunk(wanted > UNITS ? wanted : UNITS);
  return c == NULL ? NULL : take(c, 0, wanted);
}

static struct chunk *chunk_of(char *payload) {
  struct chunk *c = chunks;
  while (payload < units_of(c) || payload >= units_of(c) + c->units * UNIT) c = c->next;
  return c;
}

static uint32_t units_taken(struct chunk *c, uint32_t at) {
  uint32_t i = at;
  while (!get(last_of(c), i)) i++;
  return i + 1 - at;
}

void mm_free(void *payload) {
  if (payload == NULL) return;
  struct chunk *c = chunk_of(payload);
  uint32_t at = (uint32_t)((char *)payload - units_of(c)) / UNIT, taken = units_taken(c, at);
  for (uint32_t i = at; i < at + taken; i++) set(used_of(c), i, 0);
  set(last_of(c), at + taken - 1, 0);
  c->free_units += taken;
}

void *mm_realloc(void *payload, size_t size) {
  if (payload == NULL) return mm_malloc(size);
  if (size == 0) {
    mm_free(payload);
    return NULL;
  }
  struct chunk *c = chunk_of(payload);
  uint32_t at = (uint32_t)((char *)payload - units_of(c)) / UNIT, taken = units_taken(c, at);
  if (size <= taken * UNIT) return payload;
  void *moved = mm_malloc(size);
  if (moved == NULL) return NULL;
  memcpy(moved, payload, taken * UNIT);
  mm_free(payload);
  return moved;
}
