// The ways in which osmem lets a call get its memory, and whether it went one of them, with the system calls that belong
// to it: src/oracle/ways.ts and ruling.ts, in C. A part of rules.h.
struct way {
  enum { STAY, FIT, GROW, MAP } kind;
  u64 growth, at, size;
};
static struct way ways[WAYS];
static u32 ways_count;

static void add_way(int kind, u64 growth, u64 at, u64 size) { ways[ways_count++] = (struct way){kind, growth, at, size}; }

static void add_growth(const struct call_made *made) {
  u32 tail = before->count;
  while (tail > 0 && before->blocks[tail - 1].status == 0) tail--;
  if (tail == before->count) add_way(GROW, made->block, before->end + header_size, 0);
  else add_way(GROW, made->need - run_from(before, tail, 0), before->blocks[tail].at + header_size, 0);
}

static void add_heap(const struct call_made *made) {
  u64 size;
  if (before->end == HEAP_START) add_way(GROW, made->block > THRESHOLD ? made->block : THRESHOLD, HEAP_START + header_size, 0);
  else if ((size = best_fit(before, made->need, 0, 0)) > 0) add_way(FIT, 0, 0, size);
  else add_growth(made);
}

static void add_route(const struct call_made *made) {
  int pages = made->kind == OP_CALLOC;
  if (pages ? made->block >= PAGE : made->block >= THRESHOLD) add_way(MAP, 0, 0, 0);
  if (pages ? made->block <= PAGE : made->bytes < THRESHOLD) add_heap(made);
}

static void add_beside_tail(const struct call_made *made, u64 reach, int must_map) {
  u64 size = best_fit(before, made->need, 0, 0);
  if (!must_map && size > 0) add_way(FIT, 0, 0, size);
  add_way(STAY, made->need - reach, 0, 0);
  if (must_map || size > 0) return;
  add_way(GROW, made->block, before->end + header_size, 0);
  add_growth(made);
}

static void add_resize(const struct call_made *made) {
  i64 index = block_at(before, made->old);
  REQUIRE(index >= 0, "status");
  u64 own = before->blocks[index].size;
  int reaches = made->block >= THRESHOLD, must_map = made->bytes >= THRESHOLD;
  if (reaches) add_way(MAP, 0, 0, 0);
  if (made->need <= own) {
    add_way(STAY, 0, 0, 0);
    return;
  }
  u32 end;
  u64 run = run_from(before, (u32)index + 1, &end), reach = run > 0 ? own + header_size + run : own;
  if (reach >= made->need) add_way(STAY, 0, 0, 0);
  else if (index == (i64)before->count - 1) add_way(STAY, made->need - own, 0, 0);
  else if (run > 0 && end == before->count) add_beside_tail(made, reach, must_map);
  else if (!must_map) add_heap(made);
}

static const struct mapping *mapping_of(u64 at) {
  for (u32 i = 0; i < mappings_count; i++)
    if (at >= mappings[i].start && at < mappings[i].end) return &mappings[i];
  return 0;
}

static void judge_syscalls(const struct call_made *made, const struct way *way, u64 result) {
  u64 map = made->old && !made->old_in_heap ? made->old - header_size : 0;
  int leaves = map != 0 && (!way || way->kind != STAY), maps = way && way->kind == MAP;
  REQUIRE(made_calls.maps == (u32)maps && made_calls.unmaps == (u32)leaves, "syscalls");
  if (!way) REQUIRE(made_calls.growth == 0, "syscalls");
  if (maps && header_size) {
    REQUIRE(made_calls.map_length == made->block && made_calls.plain, "syscalls");
    REQUIRE(result - header_size == made_calls.map_at, "placement");
  }
  if (!leaves) return;
  const struct mapping *own = mapping_of(made->old);
  if (own) REQUIRE(made_calls.unmap_at == own->start && made_calls.unmap_length == own->end - own->start, "syscalls");
  REQUIRE(!made_calls.early, "syscalls");
}

static void judge_place(const struct call_made *made, u64 result) {
  ways_count = 0;
  if (made->does == ALLOCATES) add_route(made);
  else if (made->old_in_heap) add_resize(made);
  else {
    const struct mapping *own = mapping_of(made->old);
    if (own && own->end - own->start == made->block) add_way(STAY, 0, 0, 0);
    add_route(made);
  }
  int seen = result == made->old ? STAY : in_heap(result) ? GROW : MAP;
  u64 own = 0;
  if (seen == GROW) best_fit(before, ~0UL, result, &own);
  for (u32 i = 0; i < ways_count; i++) {
    const struct way *way = &ways[i];
    int kind = way->kind == FIT ? GROW : way->kind;
    int is_at = way->kind == FIT ? own == way->size : way->kind != GROW || way->at == result;
    if (kind != seen || !is_at || made_calls.growth != (i64)way->growth) continue;
    judge_syscalls(made, way, result);
    return;
  }
  fail(seen == MAP ? "syscalls" : "placement");
}
