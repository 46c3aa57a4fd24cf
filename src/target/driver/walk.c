// Walking the heap by its headers, header + payload from heap start to the break, and saying only how
// it differs from the last walk. Same rules as src/target/walk.ts: never faults, always ends.
#include "run.h"

#define WALK_LIMIT (1U << 20)

enum flaw { FLAW_NONE, FLAW_OVERRUN, FLAW_TOO_SMALL, FLAW_UNREADABLE, FLAW_TOO_MANY };

/* The header as it is stored, at a known place: to see that it did not change takes two compares. */
struct block {
  u64 size; /* unrounded */
  i32 status;
  u32 at; /* bytes from heap start */
  u64 word16, word24; /* 0 unless links are judged */
};

struct walk {
  u64 end, flaw_at, flaw_size;
  u32 header, taken, flaw, count;
};

/* How a walk differs from the last one: the first `prefix` blocks are the same, and the last `tail`. */
struct difference {
  u32 prefix, tail;
  u32 next;    /* of the last walk's blocks, the first that ends after the present address */
  u32 added; /* blocks in `fresh`: those between the prefix and the tail */
};

static struct walk last DRIVER_STATE;
static struct block *blocks DRIVER_STATE; /* of the last walk */
static struct block *fresh DRIVER_STATE;
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

static u64 payload_of(const struct block *block) { return (block->size + 7) & ~7UL; }

static int same_block(const struct block *a, const struct block *b) {
  return a->at == b->at && payload_of(a) == payload_of(b) && a->status == b->status &&
         a->word16 == b->word16 && a->word24 == b->word24;
}

static u64 end_of(const struct walk *walk, const struct block *block) {
  return block->at + walk->header + payload_of(block);
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
  *block = (struct block){stored, (i32)words[1], (u32)at, 0, 0};
  if (config.links) block->word16 = words[2];
  if (config.links && header >= 32) block->word24 = words[3];
  return 1;
}

/* Not zero if the header has changed that was read as this block. */
static inline u64 is_changed(const struct block *block, int links, int long_links) {
  const u64 *words = (const u64 *)(HEAP_START + block->at);
  u64 changes = (words[0] ^ block->size) | ((u32)words[1] ^ (u32)block->status);
  if (links) changes |= words[2] ^ block->word16;
  if (long_links) changes |= words[3] ^ block->word24;
  return changes;
}

/* The first block in [from, to) of the last walk whose header has changed. */
static inline __attribute__((always_inline)) u32 same_run(u32 from, u32 to, int links, int long_links) {
  const struct block *at = blocks + from, *end = blocks + to;
  for (; at + 4 <= end; at += 4) {
    u64 first = is_changed(at, links, long_links) | is_changed(at + 1, links, long_links);
    u64 second = is_changed(at + 2, links, long_links) | is_changed(at + 3, links, long_links);
    if (first | second) break;
  }
  while (at < end && !is_changed(at, links, long_links)) at++;
  return (u32)(at - blocks);
}

static u32 first_changed(u32 from, u32 to, u64 header) {
  if (!config.links) return same_run(from, to, 0, 0);
  return header >= 32 ? same_run(from, to, 1, 1) : same_run(from, to, 1, 0);
}

/* How many blocks of the last walk lie in the first `length` bytes of the heap. */
static u32 blocks_within(u64 length) {
  u32 count = last.count;
  while (count > 0 && end_of(&last, &blocks[count - 1]) > length) count--;
  return count;
}

static void keep_blocks(struct walk *walk, struct difference *difference, u32 count) {
  if (difference->added == 0) difference->prefix += count;
  else difference->tail += count;
  difference->next += count;
  walk->count += count;
}

/* What was taken for the tail is followed by something new. */
static void give_tail_up(struct difference *difference) {
  u32 from = difference->next - difference->tail;
  for (; difference->tail > 0; difference->tail--) fresh[difference->added++] = blocks[from++];
}

static void add_block(struct walk *walk, struct difference *difference, const struct block *block) {
  u64 end = end_of(walk, block);
  give_tail_up(difference);
  fresh[difference->added++] = *block;
  walk->count++;
  while (difference->next < last.count && blocks[difference->next].at < end) difference->next++;
}

static struct block *last_block_at(const struct difference *difference, u64 at) {
  u32 next = difference->next;
  return next < last.count && blocks[next].at == at ? &blocks[next] : NULL;
}

/* Fills `walk`. Blocks are read one after the other only where the heap has changed, and as soon as an
   address is a block's again the rest is compared in place. */
static struct difference read_blocks(struct walk *walk) {
  struct difference difference = {0};
  u64 length = walk->end - HEAP_START, readable = os_stretch(HEAP_START, length), at = 0;
  u32 within = blocks_within(readable);
  struct block block, *before;
  for (;;) {
    before = last_block_at(&difference, at);
    if (before && difference.next < within) {
      u32 most = difference.next + (WALK_LIMIT - walk->count), to = within < most ? within : most;
      u32 same = first_changed(difference.next, to, walk->header) - difference.next;
      keep_blocks(walk, &difference, same);
      if (same > 0) at = end_of(walk, &blocks[difference.next - 1]);
      before = last_block_at(&difference, at);
    }
    if (at >= length || !read_block(walk, at, readable, &block)) break;
    if (before && same_block(&block, before)) {
      before->size = block.size;
      keep_blocks(walk, &difference, 1);
    } else {
      add_block(walk, &difference, &block);
    }
    at = end_of(walk, &block);
  }
  if (difference.next < last.count) give_tail_up(&difference);
  return difference;
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
  ((u32 *)to)[0] = (u32)payload_of(block);
  ((i32 *)to)[1] = block->status;
  if (!config.links) return 1;
  ((double *)to)[1] = as_double(block->word16);
  ((double *)to)[2] = as_double(block->word24);
  return 3;
}

/* The tail that did not change keeps its contents; only its index moves. */
static void remember(const struct walk *walk, const struct difference *difference) {
  u32 from = last.count - difference->tail, to = walk->count - difference->tail;
  if (from > to)
    for (u32 i = 0; i < difference->tail; i++) blocks[to + i] = blocks[from + i];
  else if (from < to)
    for (u32 i = difference->tail; i > 0; i--) blocks[to + i - 1] = blocks[from + i - 1];
  for (u32 i = 0; i < difference->added; i++) blocks[difference->prefix + i] = fresh[i];
  last = *walk;
}

static u64 walk_heap(u64 result, u64 *to) {
  if (!config.placement) return 0;
  struct walk walk = {0};
  struct difference difference = {0};
  walk.end = os.brk;
  if (os.brk != HEAP_START) learn_header(result);
  if (os.brk != HEAP_START && known_header != 0) {
    walk.taken = 1;
    walk.header = (u32)known_header;
    difference = read_blocks(&walk);
  }
  if (difference.prefix == walk.count && same_frame(&walk, &last)) return 0;
  u32 removed = last.count - difference.prefix - difference.tail;
  u64 words = put_frame(to, &walk, difference.prefix, removed, difference.added);
  for (u32 i = 0; i < difference.added; i++) words += put_block(to + words, &fresh[i]);
  remember(&walk, &difference);
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
