// What the runner (the process in which the target lives) and the server (its parent) share. The runner
// writes here and nowhere else, so that whatever the target does to descriptors, the report arrives,
// and the server can say how the runner ended, and in which op.
#ifndef ALLOCHECK_SHARED_H
#define ALLOCHECK_SHARED_H

#include "base.h"

#define CALLS_KEPT 65536 /* of one op: more than any machine has mappings */
#define QUERIES_KEPT 128
#define FRAMES_KEPT 12 /* of the calls that led to a fault, or to a write that is watched */

enum call_name { CALL_BRK, CALL_SBRK, CALL_MMAP, CALL_MUNMAP, CALL_MREMAP };

struct call {
  u32 name, error;
  i32 protection, flags;
  i32 fd, unused;
  u64 address, length;
  i64 moved, offset, result;
};

enum outcome { RETURNED, SKIPPED, CRASHED, HUNG, EXITED, CUT_OFF };
enum access { ACCESS_UNKNOWN, ACCESS_READ, ACCESS_WRITE };
/* Whose code was running: the target's, or ours, which reads and fills payloads. */
enum phase { PHASE_IDLE, PHASE_CALL, PHASE_PAYLOAD, PHASE_INIT, PHASE_REFUSED, PHASE_END };

struct shared {
  /* By the runner: where it is. */
  volatile u64 serial; /* ops begun, over all traces */
  volatile u32 trace, op, phase, traces_run;
  volatile u32 trace_done, batch_done, wants_flush;
  volatile u64 given;
  volatile u64 written; /* bytes of whole records in the report */
  volatile u64 trace_start; /* where the trace's records begin there, NOT_THERE once some were taken */
  volatile u32 calls_count;
  /* By its signal handler. */
  volatile u32 signal, access;
  volatile u64 fault_address;
  volatile u32 has_fault;
  volatile u32 frames_count;
  volatile u64 frames[FRAMES_KEPT];
  struct call calls[CALLS_KEPT];
};

#define NOT_THERE (~0UL)
#define INPUT_LIMIT (1UL << 31)
#define REPORT_LIMIT (1UL << 30)
/* The runner asks for a flush when the report is this long; one step must fit in the rest. */
#define REPORT_FLUSH (1UL << 20)

/* What the contract says, as far as executing needs it; sent once, before the first batch. */
struct config {
  u64 words; /* 8-byte words that follow */
  u64 placement, links, interposed, stale_realloc, stale_free;
  u64 fixed_header, headers_count, headers[8];
  u64 alignments_count, alignment_from[8], alignment_multiple[8];
  u64 cpu_limit_ms, wall_limit_ms, isolation;
  u64 failures;       /* whether syscalls may be made to fail */
  u64 zero_size;      /* ZERO_SIZES of src/contract/contract.ts */
  u64 free_null;      /* whether free(NULL) is defined */
  u64 unasked_from, unasked_to; /* requests in [from, to] are not made */
  u64 heap_limit;     /* bytes; 0: none but the machine's */
  u64 segment;        /* whether the target's init is given all of the heap */
};
/* SHARED: nothing is put back between traces; what is live at a trace's end is freed. */
enum zero_size { ZERO_ANY, ZERO_NULL, ZERO_UNDEFINED };
enum isolation { ISOLATION_AUTO, ISOLATION_FORK, ISOLATION_SNAPSHOT, ISOLATION_SHARED };

/* A batch: this, then the traces. A trace: {words, ops}, then its ops, 2 words each (calloc 3). */
/* WITNESSED: the parent fills and reads the payloads itself, while the runner is stopped after each op. */
/* Where manner says so, the word at `watched` is looked at after each instruction of op `watched_op`. */
struct batch_head {
  u64 words, traces, manner;
  u64 watched_op, watched;
  u64 salt; /* of the payloads' patterns */
};
enum manner { EVERYTHING = 1, CAREFUL = 2, FORGIVING = 4, WATCHING = 8, WITNESSED = 16, COVERING = 32 };
struct trace_head {
  u64 words, ops;
};
/* kind as in OP_KINDS of src/trace/op.ts. calloc: `size` is that of one element, the count follows.
   fail-*: `size` is the count. */
struct op {
  i32 kind, slot;
  u64 size;
};
enum op_kind {
  OP_MALLOC,
  OP_CALLOC,
  OP_REALLOC,
  OP_FREE,
  OP_FREE_NULL,
  OP_STALE_REALLOC,
  OP_STALE_FREE,
  OP_FAIL_SBRK,
  OP_FAIL_MMAP
};

/* Records, see driver-report.ts. */
enum record { RECORD_HELLO = 1, RECORD_STEP, RECORD_DEATH, RECORD_END, RECORD_NOTICE, RECORD_WRITER, RECORD_STOPPED, RECORD_EDGES };

static struct shared *shared DRIVER_STATE;
static struct config config DRIVER_STATE;
static u64 *input DRIVER_STATE;
static u8 *report DRIVER_STATE;

#endif
