// What a reproducer asserts: the same in each. C text, written to be read by the student whose allocator it
// accuses.
//
// Slots are places of an array: a trace may name any slot below a million, and an array of a million is no
// burden to a process that never touches most of it.

import type { Contract } from '../contract/contract.ts';
import { SLOT_LIMIT } from '../trace/op.ts';

const noOperatingSystem = `#define SURE ((size_t)1 << 30)	/* so much is always there */
static int some_call_failed, live_mappings;
static char *heap_start;
`;

/** `fromOs`: whether the program plays the operating system, and so knows where memory is. */
export function assertions(contract: Contract, fromOs: boolean): string {
  const nullForZero = contract.zeroSize === 'null';
  return `${fromOs ? '' : noOperatingSystem}#define SLOTS ${SLOT_LIMIT}	/* p0, p1, ... */
#define POSSIBLE ((size_t)1 << 46)	/* more than any process can have */

static char *p[SLOTS];	/* NULL: nothing live */
static size_t size[SLOTS];
static int age[SLOTS];	/* the op at which it was born, for its pattern */
static int live[SLOTS], live_count;
static char *freed;	/* what the op just before gave back */
static int number, in_call;
static const char *text = "the start";

static void fail(const char *what, ...)
{
	char line[400];
	int length = snprintf(line, sizeof(line), "op %d, %s: ", number, text);
	va_list values;

	va_start(values, what);
	length += vsnprintf(line + length, sizeof(line) - length, what, values);
	line[length++] = '\\n';
	write(2, line, length);
	_exit(1);
}

static void on_signal(int signal)
{
	/* The contract lets a program end only in the op whose system call failed, and only by exit. */
	if (signal == SIGALRM)
		fail("the call does not return");
	fail(in_call ? "the call crashed: %s" : "the memory that was given cannot be used: %s",
	     strsignal(signal));
}

static void on_exit_of_program(void)
{
	if (in_call && some_call_failed)
		_exit(0);
	fail("the call ended the program, though no system call had failed");
}

static void begin(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGALRM };
	static char stack[65536], output[4096];
	stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_NODEFER };

	sigaltstack(&other, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	setvbuf(stdout, output, _IOFBF, sizeof(output));	/* so that printf takes nothing from the heap */
	atexit(on_exit_of_program);
	heap_start = sbrk(0);
}

/* Byte i of the pattern of a payload; large ones are written and read at their ends and here and there. */
static unsigned char pattern(int slot, size_t i) { return (unsigned char)(age[slot] * 101 + i * 7 + (i >> 8) + 1); }
static size_t after(int slot, size_t i)
{
	return size[slot] <= (1 << 20) || i < 4096 || i + 4096 >= size[slot] ? i + 1
		: i + 65536 < size[slot] - 4096 ? i + 65536 : size[slot] - 4096;
}

static void fill(int slot)
{
	for (size_t i = 0; i < size[slot]; i = after(slot, i))
		((volatile char *)p[slot])[i] = (char)pattern(slot, i);
}

static void check(int slot, size_t bytes, const char *what)
{
	for (size_t i = 0; i < bytes; i = after(slot, i))
		if (((volatile unsigned char *)p[slot])[i] != pattern(slot, i))
			fail(what, slot, i);
}

/* All that is live has its bytes, whatever was done to others. */
static void check_all(void)
{
	for (int i = 0; i < live_count; i++)
		check(live[i], size[live[i]], "the bytes of p%d changed, though nobody wrote there (first at byte %zu)");
}

static void op(int n, const char *call)
{
	if (number > 0)
		check_all();
	number = n;
	text = call;
}

static void enter(void)
{
	some_call_failed = 0;
	in_call = 1;
	alarm(5);
}

static void leave(void)
{
	in_call = 0;
	alarm(0);
	check_all();
}

static void drop(int slot)
{
	p[slot] = NULL;
	for (int i = 0; i < live_count; i++)
		if (live[i] == slot)
			live[i--] = live[--live_count];
}

/* Memory was given, or NULL: is it what a request of these bytes is owed? Returns whether there is any. */
static int is_lawful(int slot, char *given, size_t bytes, int multiple, char *old_break, int old_mappings)
{
	if (bytes > POSSIBLE && given)
		fail("p%d: %zu bytes cannot be had, but a pointer was returned", slot, bytes);
	if (given && (uintptr_t)given % multiple)
		fail("p%d is not aligned: its address is %#zx, no multiple of %d", slot, (size_t)given, multiple);
	if (!given && bytes > 0 && bytes <= SURE && !some_call_failed)
		fail("p%d: %zu bytes are owed and no system call failed, but NULL was returned", slot, bytes);
	if (!given && (some_call_failed || bytes > POSSIBLE)) {
		if (live_mappings != old_mappings)
			fail("NULL was returned, but the number of mappings is another (p%d)", slot);
		if ((char *)sbrk(0) != old_break && old_break != heap_start)
			fail("NULL was returned, but the break has moved (p%d)", slot);
	}
${nullForZero ? nullIsOwed : ''}	return given != NULL && bytes > 0;
}

static int is_on_heap(char *given)
{
	return given >= heap_start && given < (char *)sbrk(0);
}

static void place(int slot, char *given, size_t bytes)
{
	char *now = sbrk(0);

	if (is_on_heap(given) && given + bytes > now)
		fail("p%d of %zu bytes goes past the break by %zu", slot, bytes, given + bytes - now);
${fromOs ? mappedOrHeap : ''}	for (int i = 0; i < live_count; i++)
		if (given < p[live[i]] + size[live[i]] && p[live[i]] < given + bytes && live[i] != slot)
			fail("p%d shares bytes with p%d, which is live", slot, live[i]);
	if (!p[slot])
		live[live_count++] = slot;
	p[slot] = given;
	size[slot] = bytes;
}
`;
}

const nullIsOwed = `	if (given && bytes == 0)
		fail("p%d: 0 bytes were asked for, but a pointer was returned", slot);
`;

const mappedOrHeap = `	if (!is_on_heap(given) && !is_mapped(given, bytes))
		fail("p%d of %zu bytes is not wholly in the heap, nor in a mapping", slot, bytes);
`;
