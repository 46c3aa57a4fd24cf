// The calls that a reproducer makes: one C function a kind of op, which makes the call, and asserts what it
// owes (reproducer-c-parts.ts). Ops on a slot in the wrong state are skipped, as the notation says.

import type { Contract } from '../contract/contract.ts';

/** `hasBreak`: whether the program plays the operating system, and so knows the break. */
export function callFunctions(contract: Contract, hasBreak: boolean): string {
  const { calloc, realloc } = contract.symbols;
  const before = hasBreak ? 'heap_break' : 'NULL';
  return [
    mallocAndFree(contract, before),
    ...(calloc === undefined ? [] : [callocFunction(calloc, before)]),
    ...(realloc === undefined ? [] : [reallocFunction(realloc, contract, before)]),
    ...(realloc === undefined || !contract.staleRealloc ? [] : [staleRealloc(realloc)]),
    END,
  ].join('\n');
}

const mallocAndFree = ({ symbols }: Contract, before: string): string => `\
static void test_malloc(int slot, size_t bytes, size_t multiple)
{
	char *old_break = ${before}, *given;
	int old_mappings = live_mappings;

	if (p[slot])
		return;
	enter();
	given = ${symbols.malloc}(bytes);
	leave();
	freed = NULL;
	if (!is_lawful(slot, given, bytes, multiple, old_break, old_mappings))
		return;
	age[slot] = number;
	place(slot, given, bytes);
	fill(slot);
}

static void test_free(int slot)
{
	char *old = p[slot];

	if (!old)
		return;
	check(slot, size[slot], size[slot], "the bytes of p%d changed, though nobody wrote there (first at byte %zu)");
	drop(slot);
	enter();
	${symbols.free}(old);
	leave();
	release(slot, old);
}

static void test_free_null(void)
{
	enter();
	${symbols.free}(NULL);
	leave();
	freed = NULL;
}
`;

const callocFunction = (calloc: string, before: string): string => `\
static void test_calloc(int slot, size_t count, size_t each, size_t multiple)
{
	size_t bytes = each && count > SIZE_MAX / each ? SIZE_MAX : count * each;
	char *old_break = ${before}, *given;
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
	for (size_t i = 0; i < bytes; i++)
		if (given[i])
			fail("calloc did not zero all of p%d: byte %zu is %d", slot, i, given[i]);
	fill(slot);
}
`;

/** Where a contract leaves realloc(p, 0) open, it is not called. */
const reallocFunction = (realloc: string, contract: Contract, before: string): string => `\
static void test_realloc(int slot, size_t bytes, size_t multiple)
{
	size_t old_bytes = size[slot], kept = old_bytes < bytes ? old_bytes : bytes;
	char *old = p[slot], *old_break = ${before}, *given;
	int old_mappings = live_mappings;

${contract.zeroSize === 'null' ? '' : '\tif (old && bytes == 0)\n\t\treturn;\n'}\
	if (!old) {
		kept = 0;
		age[slot] = number;
	} else {
		check(slot, old_bytes, old_bytes, "the bytes of p%d changed, though nobody wrote there (first at byte %zu)");
		drop(slot);	/* its bytes are the call's business, not a bystander's */
	}
	enter();
	given = ${realloc}(old, bytes);
	leave();
	freed = NULL;
	if (old && bytes == 0) {
		release(slot, old);
		return;
	}
	if (!is_lawful(slot, given, bytes, multiple, old_break, old_mappings)) {
		if (!old)
			return;
		place(slot, old, old_bytes);	/* a realloc that failed leaves the old block as it was */
		check(slot, old_bytes, old_bytes, "a failed realloc changed p%d (first at byte %zu)");
		return;
	}
	place(slot, given, bytes);
	check(slot, old_bytes, kept, "realloc did not keep the bytes of p%d (first at byte %zu)");
	fill(slot);
}
`;

const staleRealloc = (realloc: string): string => `\
/* Defined only straight after the call that freed this very block, and where it still is a block of the heap. */
static void test_stale_realloc(int slot, size_t bytes)
{
	char *given;

	if (!freed || slot != freed_slot || bytes == 0 || !is_free_block(freed))
		return;
	enter();
	given = ${realloc}(freed, bytes);
	leave();
	freed = NULL;
	if (given)
		fail("p%d was freed, so realloc owes NULL, but returned a pointer", slot);
}
`;

const END = `\
/* What is live must not be given to anybody else: a block of each size is asked for once more. */
static void end(void)
{
	int count = live_count < 16 ? live_count : 16;

	reads_whole = FILLS_WHOLE;
	check_all();
	op(number + 1, "one more call, of the size of a live block");
	for (int i = 0; i < count; i++)
		if (size[live[i]] > 0)
			test_malloc(SLOTS - 1 - i, size[live[i]], 1);
	check_all();
	kernel(SYS_write, 1, (long)"all was kept\\n", 13, 0, 0, 0);
	finish(0);
}
`;
