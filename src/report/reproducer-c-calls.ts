// The calls that a reproducer makes: one C function a kind of op, which makes the call, and asserts what it
// owes (reproducer-c-parts.ts). Ops on a slot in the wrong state are skipped, as the notation says.

import type { Contract } from '../contract/contract.ts';

export function callFunctions({ symbols }: Contract): string {
  const { malloc, calloc = 'calloc', realloc = 'realloc', free } = symbols;
  return `static void test_malloc(int slot, size_t bytes, int multiple)
{
	char *old_break = sbrk(0), *given;
	int old_mappings = live_mappings;

	if (p[slot])
		return;
	enter();
	given = ${malloc}(bytes);
	leave();
	freed = NULL;
	if (!is_lawful(slot, given, bytes, multiple, old_break, old_mappings))
		return;
	age[slot] = number;
	place(slot, given, bytes);
	fill(slot);
}

static void test_calloc(int slot, size_t count, size_t each, int multiple)
{
	size_t bytes = each && count > SIZE_MAX / each ? SIZE_MAX : count * each;
	char *old_break = sbrk(0), *given;
	int old_mappings = live_mappings;

	if (p[slot])
		return;
	enter();
	given = ${calloc}(count, each);
	leave();
	freed = NULL;
	if (!is_lawful(slot, given, bytes, multiple, old_break, old_mappings))
		return;
	age[slot] = number;
	place(slot, given, bytes);
	for (size_t i = 0; i < bytes; i = after(slot, i))
		if (given[i])
			fail("calloc did not zero all of p%d: byte %zu is %d", slot, i, given[i]);
	fill(slot);
}

static void test_free(int slot)
{
	char *old = p[slot];

	if (!old)
		return;
	drop(slot);
	enter();
	${free}(old);
	leave();
	freed = is_on_heap(old) ? old : NULL;
}

static void test_free_null(void)
{
	enter();
	${free}(NULL);
	leave();
	freed = NULL;
}

static void test_realloc(int slot, size_t bytes, int multiple)
{
	size_t old_bytes = size[slot], kept = old_bytes < bytes ? old_bytes : bytes;
	char *old = p[slot], *old_break = sbrk(0), *given;
	int old_mappings = live_mappings;

	if (!old) {
		old_bytes = kept = 0;
		age[slot] = number;
	}
	if (old)
		drop(slot);	/* its bytes are the call's business, not a bystander's */
	enter();
	given = ${realloc}(old, bytes);
	leave();
	freed = old && bytes == 0 && is_on_heap(old) ? old : NULL;
	if (old && bytes == 0)
		return;
	if (!is_lawful(slot, given, bytes, multiple, old_break, old_mappings)) {
		if (!old)
			return;
		place(slot, old, old_bytes);	/* a realloc that failed leaves the old block as it was */
		check(slot, old_bytes, "a failed realloc changed p%d (first at byte %zu)");
		return;
	}
	place(slot, given, bytes);
	check(slot, kept, "realloc did not keep the bytes of p%d (first at byte %zu)");
	fill(slot);
}

/* Defined only straight after the call that freed this very block, and only on the heap. */
static void test_stale_realloc(int slot, size_t bytes)
{
	char *given;

	(void)slot;
	if (!freed || bytes == 0)
		return;
	enter();
	given = ${realloc}(freed, bytes);
	leave();
	freed = NULL;
	if (given)
		fail("p%d was freed, so realloc owes NULL, but returned a pointer", slot);
}

static void test_stale_free(int slot)
{
	(void)slot;
	if (!freed)
		return;
	enter();
	${free}(freed);
	leave();
	freed = NULL;
}

/* What is live must not be given to anybody else: a block of each size is asked for once more. */
static void end(void)
{
	int count = live_count < 16 ? live_count : 16;

	op(number + 1, "one more call, of the size of a live block");
	for (int i = 0; i < count; i++)
		test_malloc(SLOTS - 1 - i, size[live[i]], 1);
	check_all();
	write(1, "all was kept\\n", 13);
	_exit(0);
}
`;
}
