// What a C programmer would measure allocheck by: the allocator's calls in a plain loop that fills what it
// gets and verifies it before it goes, at the very places where allocheck looks while hunting (WHOLE,
// EDGE, STRIDE, LARGE, WIDE_STRIDE: payload.ts). Over the real operating system, with no other checks;
// but the break is one of its own, because the C library (libFuzzer's) moves the real one.
//
//   loop FILE ROUNDS    runs the traces of FILE (a batch as driver-batch.ts writes it), so many times
//   with LIBFUZZER      a harness for libFuzzer: each 3 bytes of its input are an op, with the sizes of the
//                       ops of the FILE that BENCH_TRACES names
//   with CHECK_HEAP     after each call the headers are walked as well: they tile the heap, each is FREE or
//                       ALLOC, the ALLOC ones are as many as live heap payloads, no two FREE ones are
//                       adjacent after a new heap payload; and a new payload overlaps no live one
// Either prints `calls NANOSECONDS` of the steady state, and all calls.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern void *os_malloc(size_t), *os_calloc(size_t, size_t), *os_realloc(void *, size_t);
extern void os_free(void *);

enum { MALLOC, CALLOC, REALLOC, FREE };
enum { SLOTS = 1 << 12 };
struct live {
  unsigned char *at;
  uint64_t size;
  uint32_t tag;
};
struct samples {
  unsigned char *at;
  uint32_t tag;
  uint64_t limit;
  int zeros;
};

static struct live slots[SLOTS];
static uint32_t used, born;
static uint64_t calls;

static char *start, *end;

void *bench_sbrk(intptr_t increment) {
  enum { ARENA = 1 << 30 };
  if (!end) start = end = mmap(0, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  end += increment;
  return end - increment;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void require(int holds) {
  if (!holds) abort();
}

static uint32_t lane(uint32_t tag, uint64_t at) {
  return (tag * 0x9E3779B1u + (uint32_t)(at >> 2)) * 0x85EBCA6Bu;
}

static void fill(const struct samples *s, uint64_t from, uint64_t to) {
  uint64_t at = from;
  for (; at + 4 <= to; at += 4) *(uint32_t *)(s->at + at) = lane(s->tag, at);
  for (; at < to; at++) s->at[at] = (unsigned char)(lane(s->tag, at) >> (at & 3) * 8);
}

static void verify(const struct samples *s, uint64_t from, uint64_t to) {
  uint64_t at = from;
  if (to > s->limit) to = s->limit;
  for (; at + 4 <= to; at += 4)
    require(*(uint32_t *)(s->at + at) == (s->zeros ? 0 : lane(s->tag, at)));
  for (; at < to; at++)
    require(s->at[at] == (s->zeros ? 0 : (unsigned char)(lane(s->tag, at) >> (at & 3) * 8)));
}

#ifdef CHECK_HEAP
static uint64_t live_in_heap(void) {
  uint64_t live = 0;
  for (uint32_t i = 0; i < used; i++) live += slots[i].at >= (unsigned char *)start && slots[i].at < (unsigned char *)end;
  return live;
}

static void check_heap(int searched) {
  struct header {
    uint64_t size;
    int32_t status;
    struct header *prev, *next;
  };
  int was_free = 0;
  uint64_t allocated = 0;
  char *at = start;
  while (at < end) {
    const struct header *header = (const struct header *)at;
    uint64_t size = (header->size + 7) & ~7ul;
    require(size >= 8 && size <= (uint64_t)(end - at) - sizeof *header);
    require(header->status == 0 || header->status == 1);
    require(!searched || !was_free || header->status == 1);
    was_free = header->status == 0;
    allocated += !was_free;
    at += sizeof *header + size;
  }
  require(at == end && allocated == live_in_heap());
}

static void check_disjoint(const struct live *own) {
  for (uint32_t i = 0; i < used; i++) {
    const struct live *other = &slots[i];
    require(other == own || !other->at || other->at + other->size <= own->at || own->at + own->size <= other->at);
  }
}
#else
static void check_heap(int searched) { (void)searched; }
static void check_disjoint(const struct live *own) { (void)own; }
#endif

typedef void visitor(const struct samples *, uint64_t, uint64_t);

static void visit(struct samples s, uint64_t size, visitor *each) {
  if (size <= WHOLE) {
    if (size > 0) each(&s, 0, size);
    return;
  }
  uint64_t tail = (size - EDGE) & ~3ul, stride = size < LARGE ? STRIDE : WIDE_STRIDE;
  each(&s, 0, EDGE);
  for (uint64_t at = stride; at < tail; at += stride) each(&s, at, at + 4 < size ? at + 4 : size);
  each(&s, tail, size);
}

static void verify_slot(const struct live *slot, uint64_t kept) {
  visit((struct samples){slot->at, slot->tag, kept, 0}, slot->size, verify);
}

static void bear(struct live *slot, unsigned char *at, uint64_t size) {
  int searched = slot->at != at && at >= (unsigned char *)start && at < (unsigned char *)end;
  require((uintptr_t)at % 8 == 0);
  int moved = slot->at != 0 && slot->at != at;
  *slot = (struct live){at, size, ++born};
  check_disjoint(slot);
  check_heap(searched && !moved);
  visit((struct samples){at, born, size, 0}, size, fill);
}

static void release(struct live *slot) {
  verify_slot(slot, slot->size);
  os_free(slot->at);
  slot->at = 0;
  check_heap(0);
}

static void resize(struct live *slot, uint64_t size) {
  verify_slot(slot, slot->size);
  unsigned char *at = os_realloc(slot->at, size);
  if (size == 0) slot->at = 0;
  if (at == 0) return;
  struct live moved = {at, slot->size, slot->tag};
  verify_slot(&moved, size < slot->size ? size : slot->size);
  bear(slot, at, size);
}

static void clear(struct live *slot, uint64_t count, uint64_t size) {
  unsigned char *at = os_calloc(count, size);
  uint64_t bytes = count * size;
  if (at == 0) return;
  struct samples zeros = {at, 0, bytes, 1};
  verify(&zeros, 0, bytes > WHOLE && bytes > 4096 ? 4096 : bytes);
  if (bytes > 4096) visit(zeros, bytes, verify);
  bear(slot, at, bytes);
}

/* Ops on slots in the wrong state are skipped. */
static void perform(uint32_t kind, uint32_t index, uint64_t count, uint64_t size) {
  struct live *slot = &slots[index % SLOTS];
  if (index % SLOTS >= used) used = index % SLOTS + 1;
  if (slot->at ? kind == MALLOC || kind == CALLOC : kind == FREE) return;
  calls++;
  if (kind == FREE) release(slot);
  else if (kind == CALLOC) clear(slot, count, size);
  else if (slot->at) resize(slot, size);
  else {
    unsigned char *at = kind == MALLOC ? os_malloc(size) : os_realloc(0, size);
    if (at) bear(slot, at, size);
  }
}

static void end_trace(void) {
  for (uint32_t i = 0; i < used; i++)
    if (slots[i].at) release(&slots[i]);
  used = 0;
}

static const uint64_t *read_batch(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat about;
  require(file >= 0 && fstat(file, &about) == 0);
  const uint64_t *words = mmap(0, (size_t)about.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  require(words != MAP_FAILED);
  return words;
}

#ifdef LIBFUZZER
enum { SIZES = 1 << 16, WARM_UP = 1000 };
static uint64_t sizes[SIZES], inputs, calls_before, started;

static void tell(void) { printf("%lu %lu %lu\n", calls - calls_before, now() - started, calls); }

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  const uint64_t *batch = read_batch(getenv("BENCH_TRACES")), *at = batch + BATCH_HEAD + 2;
  uint64_t traces = batch[1], found = 0;
  for (uint64_t ops = batch[BATCH_HEAD + 1]; traces > 0 && found < SIZES; at += 2, traces--, ops = at[-1])
    for (uint64_t i = 0; i < ops; i++) {
      uint32_t kind = (uint32_t)at[0];
      if (kind != FREE && found < SIZES) sizes[found++] = at[1] * (kind == CALLOC ? at[2] : 1);
      at += kind == CALLOC ? 3 : 2;
    }
  for (uint64_t i = found; i < SIZES; i++) sizes[i] = sizes[i - found];
  atexit(tell);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
  if (inputs++ == WARM_UP) calls_before = calls, started = now();
  for (; length >= 3; data += 3, length -= 3)
    perform(data[0] & 3, data[0] >> 2, 1, sizes[data[1] | data[2] << 8]);
  end_trace();
  return 0;
}
#else
int main(int count, char **arguments) {
  require(count == 3);
  const uint64_t *batch = read_batch(arguments[1]);
  uint64_t rounds = strtoul(arguments[2], 0, 10), started = now();
  while (rounds-- > 0) {
    const uint64_t *at = batch + BATCH_HEAD;
    for (uint64_t trace = 0; trace < batch[1]; trace++) {
      uint64_t ops = at[1];
      at += 2;
      for (uint64_t i = 0; i < ops; i++) {
        uint32_t kind = (uint32_t)at[0];
        perform(kind, (uint32_t)(at[0] >> 32), kind == CALLOC ? at[2] : 1, at[1]);
        at += kind == CALLOC ? 3 : 2;
      }
      end_trace();
    }
  }
  printf("%lu %lu %lu\n", calls, now() - started, calls);
}
#endif
