// Walking the heap by its headers, header + payload from heap start to the break, and saying only how
// it differs from the last walk. Same rules as src/target/walk.ts: never faults, always ends.
#include "run.h"

#define WALK_LIMIT (1U << 20)

enum flaw { FLAW_NONE, FLAW_OVERRUN, FLAW_TOO_SMALL, FLAW_UNREADABLE, FLAW_TOO_MANY };

struct block {
  u32 at, payload; /* bytes from heap start; bytes, rounded up to 8 */
  i32 status;
  u64 word16, word24;
};

struct walk {
  u64 end, flaw_at, flaw_size;
  u32 header, taken, flaw, count;
};

static struct walk last DRIVER_STATE;
static struct block *blocks DRIVER_STATE; /* of the last walk */
static struct block *fresh DRIVER_STATE;  /* of this one, from the first that changed */
static u64 known_header DRIVER_STATE;

static void walk_prepare(void) {
  blocks = raw_map(0, 2UL * WALK_LIMIT * sizeof *blocks, MEM_READ_WRITE, MEM_PRIVATE);
  if (failed(blocks)) give_up(GIVE_UP_MEMORY);
  fresh = blocks + WALK_LIMIT;
}

static void walk_reset(void) {
  zero_bytes(&last, sizeof last);
  last.end = HEAP_START;
  known_header = config.fixed_header;
}

/* From the first heap payload; one that no header of the contract explains counts as the first of them,
   so that the heap is judged all the same. */
static void learn_header(u64 result) {
  if (known_header != 0 || result <= HEAP_START || result >= os.brk) return;
  for (u64 i = 0; i < config.headers_count; i++) {
    if (result - HEAP_START != config.headers[i]) continue;
    known_header = config.headers[i];
    return;
  }
  known_header = config.headers[0];
}

static int same_block(const struct block *a, const struct block *b) {
  return a->at == b->at && a->payload == b->payload && a->status == b->status &&
         a->word16 == b->word16 && a->word24 == b->word24;
}

static int stop(struct walk *walk, u32 flaw, u64 at, u64 size) {
  walk->flaw = flaw;
  walk->flaw_at = HEAP_START + at;
  walk->flaw_size = size;
  return 0;
}

/* The block at `at`; 0 if the walk ends here with a flaw. */
static int read_block(struct walk *walk, u64 at, u64 readable, struct block *block) {
  u64 length = walk->end - HEAP_START, header = walk->header;
  if (walk->count == WALK_LIMIT) return stop(walk, FLAW_TOO_MANY, at, 0);
  if (at + header > length) return stop(walk, FLAW_OVERRUN, at, 0);
  if (at + header > readable) return stop(walk, FLAW_UNREADABLE, at, 0);
  const u64 *words = (const u64 *)(HEAP_START + at);
  u64 stored = words[0], size = (stored + 7) & ~7UL;
  if (stored > ~7UL) return stop(walk, FLAW_OVERRUN, at, stored);
  if (size < 8) return stop(walk, FLAW_TOO_SMALL, at, stored);
  if (size > length || at + header + size > length) return stop(walk, FLAW_OVERRUN, at, stored);
  *block = (struct block){(u32)at, (u32)size, (i32)words[1], 0, 0};
  if (config.links) block->word16 = words[2];
  if (config.links && header >= 32) block->word24 = words[3];
  return 1;
}

/* Fills `walk`; blocks from the first that changed on are in `fresh`. Returns how many did not. */
static u32 read_blocks(struct walk *walk) {
  u64 length = walk->end - HEAP_START, readable = os_stretch(HEAP_START, length), at = 0;
  u32 prefix = 0;
  struct block block;
  while (at < length && read_block(walk, at, readable, &block)) {
    if (prefix == walk->count && prefix < last.count && same_block(&block, &blocks[prefix])) prefix++;
    else fresh[walk->count - prefix] = block;
    walk->count++;
    at += walk->header + block.payload;
  }
  return prefix;
}

static int same_frame(const struct walk *a, const struct walk *b) {
  return a->end == b->end && a->header == b->header && a->taken == b->taken && a->flaw == b->flaw &&
         a->flaw_at == b->flaw_at && a->flaw_size == b->flaw_size && a->count == b->count;
}

static u64 put_frame(u64 *to, const struct walk *walk, u32 prefix, u32 removed, u32 added) {
  u32 *halves = (u32 *)to;
  double *doubles = (double *)to;
  halves[0] = prefix;
  halves[1] = removed;
  halves[2] = added;
  halves[3] = walk->header | walk->taken << 16 | walk->flaw << 24;
  doubles[2] = as_double(walk->end);
  if (walk->flaw == FLAW_NONE) return 3;
  doubles[3] = as_double(walk->flaw_at);
  doubles[4] = (double)walk->flaw_size;
  return 5;
}

static u64 put_block(u64 *to, const struct block *block) {
  ((u32 *)to)[0] = block->payload;
  ((i32 *)to)[1] = block->status;
  if (!config.links) return 1;
  ((double *)to)[1] = as_double(block->word16);
  ((double *)to)[2] = as_double(block->word24);
  return 3;
}

/* The tail that did not change stays where it is; only its index moves. */
static u32 same_tail(const struct walk *walk, u32 prefix) {
  u32 most = walk->count < last.count ? walk->count - prefix : last.count - prefix, tail = 0;
  while (tail < most && same_block(&fresh[walk->count - prefix - 1 - tail], &blocks[last.count - 1 - tail]))
    tail++;
  return tail;
}

static u64 walk_heap(u64 result, u64 *to) {
  if (!config.placement) return 0;
  struct walk walk = {0};
  walk.end = os.brk;
  u32 prefix = 0;
  if (os.brk != HEAP_START) learn_header(result);
  if (os.brk != HEAP_START && known_header != 0) {
    walk.taken = 1;
    walk.header = (u32)known_header;
    prefix = read_blocks(&walk);
  }
  if (prefix == walk.count && same_frame(&walk, &last)) return 0;
  u32 tail = same_tail(&walk, prefix), added = walk.count - prefix - tail;
  u64 words = put_frame(to, &walk, prefix, last.count - prefix - tail, added);
  for (u32 i = 0; i < added; i++) words += put_block(to + words, &fresh[i]);
  for (u32 i = prefix; i < walk.count; i++) blocks[i] = fresh[i - prefix];
  last = walk;
  return words;
}

static int has_free_block(u64 payload) {
  if (!last.taken || payload < HEAP_START + last.header || payload >= last.end) return 0;
  u64 wanted = payload - last.header - HEAP_START;
  u32 low = 0, high = last.count;
  while (low < high) {
    u32 middle = (low + high) / 2;
    if (blocks[middle].at < wanted) low = middle + 1;
    else high = middle;
  }
  return low < last.count && blocks[low].at == wanted && blocks[low].status == 0;
}
