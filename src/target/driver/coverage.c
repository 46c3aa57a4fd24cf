// Which edges of the target's code a trace took, and how often: for sources compiled with -fsanitize-coverage=trace-pc,
// whose every block of code calls here. Counted while the batch asks for it; a record tells them at the end of a trace.
//
// An edge is known by a hash of the two places. The program lies where it was linked, so it is the same in every run.
#include "coverage.h"

#include "process.h"

#define EDGES 4096 /* a power of two; an allocator has some hundreds */
#define EDGE_BITS 12

static u32 counts_edges DRIVER_STATE;
static u32 edge_before DRIVER_STATE;
static u8 edges[EDGES] __attribute__((aligned(8))) DRIVER_STATE;

/* Uses no stack, and writes to no memory but ours. */
__attribute__((section("allocheck_coverage"))) void __sanitizer_cov_trace_pc(void) {
  if (!counts_edges) return;
  u32 place = (u32)(u64)__builtin_return_address(0) * 0x9E3779B1U >> (32 - EDGE_BITS);
  u8 *edge = &edges[place ^ edge_before];
  edge_before = place >> 1;
  *edge += *edge < 255;
}

static void begin_edges(void) {
  counts_edges = batch->manner & COVERING;
  edge_before = 0;
  if (counts_edges) zero_bytes(edges, sizeof edges);
}

/* A record of half words: the edge, and how often it was taken above it. */
static void report_edges(void) {
  if (!counts_edges) return;
  counts_edges = 0;
  u32 *head = (u32 *)(report + shared->written), *to = head + 2;
  const u64 *eight = (const u64 *)edges;
  for (u32 i = 0; i < EDGES / 8; i++) {
    if (eight[i] == 0) continue;
    for (u32 j = i * 8; j < i * 8 + 8; j++)
      if (edges[j]) *to++ = j | (u32)edges[j] << 16;
  }
  u32 count = (u32)(to - head - 2);
  if (count & 1) *to = 0;
  head[0] = (1 + (count + 1) / 2) | (u32)RECORD_EDGES << 24;
  head[1] = count;
  shared->written += 8UL * (1 + (count + 1) / 2);
}
