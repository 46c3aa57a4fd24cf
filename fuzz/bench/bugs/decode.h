// From bytes to ops, four bytes each: what, which slot, and two for the size. No byte is wasted: new blocks go to an
// empty slot, the others name one of the live ones. Sizes come from classes around the edges that the contract has,
// and from those used before in the run, as they are or a header apart: where allocators decide.
static u32 live_list[SLOTS], live_count, seen_count;
static u64 seen[256];

static const u8 KINDS[32] = {
    OP_MALLOC, OP_MALLOC, OP_MALLOC, OP_MALLOC, OP_MALLOC, OP_MALLOC, OP_MALLOC, OP_MALLOC, OP_MALLOC,
    OP_CALLOC, OP_CALLOC, OP_CALLOC, OP_CALLOC,
    OP_REALLOC, OP_REALLOC, OP_REALLOC, OP_REALLOC, OP_REALLOC, OP_REALLOC, OP_REALLOC,
    OP_FREE, OP_FREE, OP_FREE, OP_FREE, OP_FREE, OP_FREE, OP_FREE, OP_FREE,
    OP_FREE_NULL, OP_STALE_REALLOC, OP_FAIL_SBRK, OP_FAIL_MMAP};

static const i32 APART[16] = {8, -8, 16, 24, 32, 40, 48, 1, -1, -24, -32, -40, -48, 64, 31, 33};

static u64 seen_size(u32 which) { return seen_count == 0 ? 16 : seen[which % (seen_count < 256 ? seen_count : 256)]; }

static u64 size_of(u32 bits) {
  u32 rest = bits >> 4;
  u64 apart = (u64)(i64)APART[rest >> 8 & 15];
  switch (bits & 15) {
    case 0: return rest % 64;
    case 1: case 2: return rest % 256 + 1;
    case 3: case 4: return 8 * (u64)(rest & 511) - 1 + (rest >> 9 & 3);
    case 5: return rest;
    case 6: return 32 * (u64)rest;
    case 7: case 8: case 9: return seen_size(rest & 255);
    case 10: return seen_size(rest & 255) + apart;
    case 11: return seen_size(rest & 15) + seen_size(rest >> 4 & 15) + apart;
    case 12: return 4096 - (rest & 64 ? 32 : 0) + (rest & 31) - 15;
    case 13: return 131072 - (rest & 64 ? 32 : 0) + (rest & 31) - 15;
    case 14: return 131072 + 16 * (u64)rest;
    default: return rest & 1 ? ~0UL - (rest >> 1 & 63) : 1UL << (37 + (rest >> 1) % 27);
  }
}

static u32 empty_slot(void) {
  for (u32 i = 0; i < SLOTS; i++)
    if (!is_live(i)) return i;
  return 0;
}

/* A product of the size; one time in 16 one that overflows, to something small. */
static void decode_calloc(struct todo *op, u32 bits) {
  static const u64 COUNTS[16] = {1, 1, 1, 2, 4, 8, 16, 3, 5, 7, 10, 100, 1, 1, 1, 1};
  op->count = COUNTS[bits & 15];
  if ((bits & 0xf0) == 0xf0 && op->size > 0 && op->size < 1UL << 32) op->count = ~0UL / op->size + 1 + (bits & 3);
  else if (op->size > 1UL << 32 && (bits & 1)) op->count = (bits & 2) ? 8 : ~0UL / (op->size ? op->size : 1) + 1;
  else if (op->size >= op->count) op->size /= op->count;
}

static void list_live(void) {
  live_count = 0;
  for (u32 i = 0; i < run.slots; i++)
    if (is_live(i)) live_list[live_count++] = i;
}

static int is_asked(const struct todo *op) {
  if (OSMEM) return 1;
  if (op->kind == OP_CALLOC || op->kind >= OP_FREE_NULL) return 0;
  return op->kind == OP_FREE || (op->size > 0 && op->size < 20UL << 20);
}

/* The next op that makes a call; 0 at the end of the input. */
static int decode(const u8 **data, size_t *length, struct todo *op) {
  if (calls_of_run == 0) seen_count = 0;
  for (; *length >= 4; ) {
    const u8 *bytes = *data;
    *data += 4, *length -= 4;
    u32 which = bytes[1] | (u32)(bytes[0] >> 5) << 8;
    op->kind = KINDS[bytes[0] & 31];
    op->count = 1;
    op->size = size_of(bytes[2] | (u32)bytes[3] << 8);
    op->slot = NO_SLOT;
    if (!is_asked(op)) continue;
    list_live();
    if (op->kind == OP_FAIL_SBRK || op->kind == OP_FAIL_MMAP) {
      u64 nth = which % 3 ? 1 : 1 + (bytes[2] & 3);
      if (prints) print_op(&(struct todo){op->kind, NO_SLOT, 1, nth});
      if (op->kind == OP_FAIL_SBRK) os_fail_growth(nth);
      else os_fail_mmap(nth);
      continue;
    }
    if (op->kind == OP_FREE_NULL) return 1;
    if (op->kind == OP_STALE_REALLOC) {
      if (!is_stale() || op->size == 0) continue;
      op->slot = run.stale_slot;
      return 1;
    }
    if (op->kind == OP_FREE || (op->kind == OP_REALLOC && live_count > 0 && which % 7 != 6)) {
      if (live_count == 0) continue;
      op->slot = live_list[which % live_count];
    } else op->slot = empty_slot();
    if (op->kind == OP_CALLOC) decode_calloc(op, which);
    if (op->kind == OP_FREE || (op->kind == OP_REALLOC && op->size == 0)) run.stale_slot = op->slot;
    else if (op->size > 0 && op->size < 1UL << 24) seen[seen_count++ & 255] = op->count * op->size;
    return 1;
  }
  return 0;
}
