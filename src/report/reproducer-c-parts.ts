// What a reproducer asserts: the same in each. C text, written to be read by the student whose allocator it
// accuses.
//
// Slots are places of an array: a trace may name any slot below a million, and an array of a million is no
// burden to a process that never touches most of it.

import type { Contract } from '../contract/contract.ts';
import { MAPPING_LIMIT } from '../memory/address.ts';
import { SLOT_LIMIT } from '../trace/op.ts';

/** Ops up to which all live bytes are read after each; longer traces would take minutes. */
const SHORT_TRACE = 500;

/** `sparse`: whether long payloads are written in part, as a program may that has no use for the rest yet. */
export function assertions(contract: Contract, ops: number, sparse: boolean): string {
  const { zeroSize, interposed, placement, heapLimit, staleRealloc } = contract;
  const walksHeap = placement !== undefined && staleRealloc;
  return `#include <sys/time.h>
#define SLOTS ${SLOT_LIMIT}	/* p0, p1, ... */
#define POSSIBLE ((size_t)${MAPPING_LIMIT})	/* nobody here can have more */

/* Far from the program: what an allocator takes for an address, and is a size, must not be one of ours. */
static char **p;	/* SLOTS of each; NULL: nothing live */
static size_t *size;
static int *age;	/* the op at which it was born, for its pattern */
static int *live, live_count;
static char *freed;	/* what the op just before gave back */
static int freed_slot;
static int number, in_call;
static const char *text = "the start";
#define FILLS_WHOLE ${sparse ? 0 : 1}	/* of long payloads */
static int reads_whole = ${!sparse && ops <= SHORT_TRACE ? 1 : 0};

static __attribute__((noreturn)) void finish(int status)
{
	for (;;)
		kernel(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

static void put(const char *what, size_t length) { kernel(SYS_write, 2, (long)what, length, 0, 0, 0); }

/* op 3, p0 = os_malloc(1): ... Asks nothing of the C library, whose memory may have been written over. */
static void put_place(void)
{
	char digits[20];
	int at = sizeof(digits);

	for (int rest = number; rest > 0 || at == sizeof(digits); rest /= 10)
		digits[--at] = '0' + rest % 10;
	put("op ", 3);
	put(digits + at, sizeof(digits) - at);
	put(", ", 2);
	for (const char *c = text; *c; c++)
		put(c, 1);
	put(": ", 2);
}

static void fail(const char *what, ...)
{
	char line[300];
	va_list values;
	int length;

	va_start(values, what);
	length = vsnprintf(line, sizeof(line) - 1, what, values);
	line[length++] = '\\n';
	put_place();
	put(line, length);
	finish(1);
}

/* The contract lets a program end only in the op whose system call failed, by exit or abort. */
static void ended(const char *how)
{
	if (in_call && some_call_failed)
		finish(0);
	fail("%s, though no system call had failed", how);
}

static void on_signal(int signal)
{
	const char *name = signal == SIGSEGV ? "SIGSEGV" : signal == SIGBUS ? "SIGBUS" : signal == SIGFPE ? "SIGFPE"
		: signal == SIGILL ? "SIGILL" : "SIGTRAP";
	const char *what = in_call ? "the call crashed: " : "the memory that was given cannot be used: ";

	if (signal == SIGABRT)
		ended("the call aborted the program");
	if (signal == SIGALRM || signal == SIGPROF)
		what = "the call does not return", name = "";
	put_place();
	for (; *what; what++)
		put(what, 1);
	for (; *name; name++)
		put(name, 1);
	put("\\n", 1);
	finish(1);
}

static void on_exit_of_program(void) { ended("the call ended the program"); }
void _exit(int status) { (void)status, on_exit_of_program(); finish(1); }
void _Exit(int status) { _exit(status); }

static void *room(size_t bytes)
{
	return (void *)kernel(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

static void begin(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGALRM, SIGPROF };
	static char stack[65536], output[4096];
	stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_NODEFER };

	p = room(SLOTS * sizeof(*p));
	size = room(SLOTS * sizeof(*size));
	age = room(SLOTS * sizeof(*age));
	live = room(SLOTS * sizeof(*live));
	sigaltstack(&other, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	setvbuf(stdout, output, _IOFBF, sizeof(output));	/* so that printf takes nothing from a heap */
	atexit(on_exit_of_program);
}

/* Byte i of the pattern of a payload: what an allocator finds there that takes it for a header depends on it. */
static unsigned char pattern(int slot, size_t i)
{
	return ((unsigned)age[slot] * 0x9E3779B1u + (unsigned)(i >> 2)) * 0x85EBCA6Bu >> (i & 3) * 8;
}

/* The next byte that is written and read, of a payload of so many: all, or both ends and a few between. */
static size_t after(size_t i, size_t bytes, int whole)
{
	size_t tail = (bytes - 128) & ~(size_t)3, stride = bytes < 65536 ? 1024 : 16384, next;

	if (whole || bytes <= 512 || i < 127 || i >= tail || (i & 3) != 3)
		return i + 1;
	next = (i / stride + 1) * stride;
	return next < tail ? next : tail;
}

static void fill(int slot)
{
	for (size_t i = 0; i < size[slot]; i = after(i, size[slot], FILLS_WHOLE))
		((volatile char *)p[slot])[i] = (char)pattern(slot, i);
}

/* The first bytes of a payload that was filled as one of so many. */
static void check(int slot, size_t filled, size_t bytes, const char *what)
{
	for (size_t i = 0; i < bytes; i = after(i, filled, reads_whole))
		if (((volatile unsigned char *)p[slot])[i] != pattern(slot, i))
			fail(what, slot, i);
}

/* All that is live has its bytes, whatever was done to others. */
static void check_all(void)
{
	for (int i = 0; i < live_count; i++)
		check(live[i], size[live[i]], size[live[i]], "the bytes of p%d changed, though nobody wrote there (first at byte %zu)");
	check_behind_break();
}

static void op(int n, const char *call)
{
	number = n;
	text = call;
}

/* 2 seconds of processor time, which is long for one call, however busy the machine; 20 for one that sleeps. */
static void time_call(int on)
{
	struct itimerval limit = { .it_value.tv_sec = on ? 2 : 0 };

	setitimer(ITIMER_PROF, &limit, NULL);
	alarm(on ? 20 : 0);
}

static void enter(void)
{
	some_call_failed = 0;
	in_call = 1;
	time_call(1);
}

static void leave(void)
{
	time_call(0);
	in_call = 0;
	check_all();
}

static void drop(int slot)
{
	p[slot] = NULL;
	for (int i = 0; i < live_count; i++)
		if (live[i] == slot)
			live[i--] = live[--live_count];
}

static void release(int slot, char *old)
{
	freed = is_on_heap(old) ? old : NULL;
	freed_slot = slot;
}
${heapLimit === undefined ? '' : limitedHeap}
/* Memory was given, or NULL: is it what a request of these bytes is owed? Returns whether there is any. */
static int is_lawful(int slot, char *given, size_t bytes, size_t multiple, char *old_break, int old_mappings)
{
	if (bytes > POSSIBLE && given)
		fail("p%d: %zu bytes cannot be had, but a pointer was returned", slot, bytes);
	if (given && (size_t)given % multiple)
		fail("p%d is not aligned: its address is %#zx, no multiple of %zu", slot, (size_t)given, multiple);
	if (!given && bytes > 0 && bytes <= POSSIBLE && !some_call_failed${heapLimit === undefined ? '' : ' && !may_lack(bytes)'})
		fail("p%d: %zu bytes are owed and no system call failed, but NULL was returned", slot, bytes);
${placement === undefined ? '\t(void)old_break, (void)old_mappings;\n' : unchanged}${zeroSize === 'null' ? nullIsOwed : ''}	return given != NULL;
}
${walksHeap ? heapWalk(placement.headers) : ''}
static void place(int slot, char *given, size_t bytes)
{
${walksHeap ? '\tlearn_header(given);\n' : ''}${interposed ? mappedOrHeap : ''}	for (int i = 0; i < live_count; i++)
		if (given < p[live[i]] + size[live[i]] && p[live[i]] < given + bytes && live[i] != slot)
			fail("p%d shares bytes with p%d, which is live", slot, live[i]);
	if (!p[slot])
		live[live_count++] = slot;
	p[slot] = given;
	size[slot] = bytes;
${heapLimit === undefined ? '' : '\tasked += SPACE(bytes);\n'}}
`;
}

/** The oracle's Model.mayLack. */
const limitedHeap = `
/* The heap has a limit: NULL is lawful once all that was asked for may have used it up, for an allocator that
 * rounds up to powers of two and never uses a block again. */
#define SPACE(bytes) (2 * ((bytes) + 64))
static size_t asked;
static int may_lack(size_t bytes) { return asked + SPACE(bytes) > HEAP_LIMIT; }
`;

const unchanged = `	if (!given && (some_call_failed || bytes > POSSIBLE)) {
		if (live_mappings != old_mappings)
			fail("NULL was returned, but the number of mappings is another (p%d)", slot);
		if (heap_break != old_break && old_break != HEAP)
			fail("NULL was returned, but the break has moved (p%d)", slot);
	}
`;

const nullIsOwed = `	if (given && bytes == 0)
		fail("p%d: 0 bytes were asked for, but a pointer was returned", slot);
`;

const mappedOrHeap = `	if (!(is_on_heap(given) && bytes <= (size_t)(heap_break - given)) && !is_mapped(given, bytes))
		fail("p%d of %zu bytes is not wholly in the heap, below the break, nor in a mapping", slot, bytes);
`;

/** As driver/walk.c. */
function heapWalk(headers: readonly number[]): string {
  const first = headers[0] ?? 0;
  const others = headers.slice(1).map((bytes) => `offset == ${bytes}`);
  const isOther = others.length === 0 ? '0' : others.join(' || ');
  return `
/* Bytes of a block's header, as the first payload of the heap shows it. */
static size_t header;
static void learn_header(char *given)
{
	size_t offset = given - HEAP;

	if (header == 0 && given > HEAP && is_on_heap(given))
		header = ${isOther} ? offset : ${first};
}

/* Whether, block by block from the start of the heap, there is one with this payload, and it is free. */
static int is_free_block(char *payload)
{
	for (char *at = HEAP; header && at + header <= heap_break;) {
		size_t bytes = (*(size_t *)at + 7) & ~(size_t)7;

		if (bytes < 8 || bytes > (size_t)(heap_break - at) - header)
			return 0;
		if (at + header == payload)
			return ((int *)at)[2] == 0;
		at += header + bytes;
	}
	return 0;
}
`;
}
