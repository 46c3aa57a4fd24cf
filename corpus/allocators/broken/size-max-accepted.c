/* allocheck: broken
 * cause: aligning SIZE_MAX wraps to zero, and a block of no bytes is returned
 * clause: huge sizes: aligning or adding the header must not wrap; NULL, nothing changed
 * expect: overflow
 * also: result block-list
 * trace: a 0 MAX
 */
/* The 24-byte header of the older edition. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct Block {
	size_t size;
	int status;
	struct Block *next;	/* unused: the size leads to the next block */
} Block;

enum { FREE, ALLOC, MAPPED };
#define HEADER ((size_t)24)
#define THRESHOLD ((size_t)131072)

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static char *start;

static char *end_of(Block *b)
{
	return (char *)(b + 1) + b->size;
}

static bool is_free(char *at, char *brk_now)
{
	return at < brk_now && ((Block *)at)->status == FREE;
}

static void coalesce_with_next(Block *b, char *brk_now)
{
	if (is_free(end_of(b), brk_now))
		b->size += HEADER + ((Block *)end_of(b))->size;
}

static Block *block_before(Block *b)
{
	Block *before = NULL;

	for (char *at = start; at < (char *)b; at = end_of(before))
		before = (Block *)at;
	return before;
}

static void set_free(Block *b)
{
	char *brk_now = sbrk(0);
	Block *before = block_before(b);

	b->status = FREE;
	coalesce_with_next(b, brk_now);
	if (before && before->status == FREE)
		coalesce_with_next(before, brk_now);
}

static void *use(Block *b, size_t need)
{
	size_t rest = b->size - need;

	b->status = ALLOC;
	if (rest >= HEADER + 8) {
		b->size = need;
		((Block *)end_of(b))->size = rest - HEADER;
		set_free((Block *)end_of(b));
	}
	return b + 1;
}

static Block *extend(size_t bytes)
{
	char *now = sbrk(0);

	return brk(now + bytes) ? NULL : (Block *)now;
}

static bool preallocate(void)
{
	Block *b;

	if (start)
		return true;
	b = extend(THRESHOLD);
	if (!b)
		return false;
	b->size = THRESHOLD - HEADER;
	b->status = FREE;
	start = (char *)b;
	return true;
}

static void *heap_block(size_t need)
{
	Block *best = NULL, *b = NULL;
	char *brk_now;

	if (!preallocate())
		return NULL;
	brk_now = sbrk(0);
	for (char *at = start; at < brk_now; at = end_of(b)) {
		b = (Block *)at;
		if (b->status == FREE && b->size >= need && (!best || b->size <= best->size))
			best = b;
	}
	if (best)
		return use(best, need);
	if (b->status == FREE) {
		if (!extend(need - b->size))
			return NULL;
	} else {
		b = extend(HEADER + need);
		if (!b)
			return NULL;
	}
	b->size = need;
	b->status = ALLOC;
	return b + 1;
}

static void *mapped_block(size_t need)
{
	Block *b = mmap(NULL, HEADER + need, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	b->size = need;
	b->status = MAPPED;
	b->next = NULL;
	return b + 1;
}

static bool absurd(size_t size)
{
	if (size <= PTRDIFF_MAX)
		return false;
	errno = ENOMEM;
	return true;
}

static size_t up(size_t size)
{
	return (size + 7) / 8 * 8;
}

void *os_malloc(size_t size)
{
	if (!size)
		return NULL;
	return up(size) < THRESHOLD ? heap_block(up(size)) : mapped_block(up(size));
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t total;
	void *ptr;

	if (__builtin_mul_overflow(nmemb, size, &total))
		total = SIZE_MAX;
	if (!total || absurd(total))
		return NULL;
	if (up(total) + HEADER >= 4096)
		return mapped_block(up(total));
	ptr = heap_block(up(total));
	return ptr ? memset(ptr, 0, total) : NULL;
}

void os_free(void *ptr)
{
	Block *b;

	if (!ptr)
		return;
	b = (Block *)ptr - 1;
	if (b->status == MAPPED)
		munmap(b, HEADER + b->size);
	else
		set_free(b);
}

static void *elsewhere(Block *b, size_t size)
{
	void *to = os_malloc(size);

	if (!to)
		return NULL;
	memcpy(to, b + 1, b->size < size ? b->size : size);
	os_free(b + 1);
	return to;
}

static void *resize(Block *b, size_t size)
{
	char *brk_now = sbrk(0);
	size_t need = up(size), room = b->size;

	if (is_free(end_of(b), brk_now))
		room += HEADER + ((Block *)end_of(b))->size;
	if (room >= need) {
		b->size = room;
		return use(b, need);
	}
	if (end_of(b) != brk_now)
		return elsewhere(b, size);
	if (!extend(need - b->size))
		return NULL;
	b->size = need;
	return b + 1;
}

/* With a FREE block behind, all that is not needed goes to it; otherwise only what can be a block. */
static void *shrink(Block *b, size_t need)
{
	char *brk_now = sbrk(0);

	if (need < b->size)
		coalesce_with_next(b, brk_now);
	return use(b, need);
}

void *os_realloc(void *ptr, size_t size)
{
	Block *b;

	if (!ptr)
		return os_malloc(size);
	b = (Block *)ptr - 1;
	if (!size) {
		os_free(ptr);
		return NULL;
	}
	if (b->status == FREE || absurd(size))
		return NULL;
	if (b->status == MAPPED || size >= THRESHOLD)
		return elsewhere(b, size);
	return up(size) > b->size ? resize(b, size) : shrink(b, up(size));
}
