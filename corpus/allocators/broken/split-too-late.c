/* allocheck: broken
 * cause: a block is split only if the rest is more than header + 8, so a rest of exactly 40 bytes is given away
 * clause: split iff the rest is >= header + 8
 * expect: placement
 * also: block-list
 * trace: a 0 41; a 1 1; f 0; a 2 1
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct block {
	size_t size;
	int status;
	struct block *prev;	/* neighbours in memory */
	struct block *next;
} block;

enum { FREE, ALLOC, MAPPED };

#define HEADER sizeof(block)
#define THRESHOLD ((size_t)128 * 1024)
#define PAGE ((size_t)4096)

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static block *head, *tail;
static unsigned calls;

/* A coin for the n-th open case of this call: all combinations come up as calls go by. */
static bool coin(int n)
{
	return (calls * 2654435761u) >> (16 + n) & 1;
}

static size_t round8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static bool is_free(block *b)
{
	return b && b->status == FREE;
}

static void link_behind(block *at, block *b)
{
	b->prev = at;
	b->next = at ? at->next : NULL;
	if (b->next)
		b->next->prev = b;
	else
		tail = b;
	if (at)
		at->next = b;
	else
		head = b;
}

static void merge_next(block *b)
{
	b->size += HEADER + b->next->size;
	b->next = b->next->next;
	if (b->next)
		b->next->prev = b;
	else
		tail = b;
}

static size_t room(block *b)
{
	size_t size = b->size;

	for (block *n = b->next; is_free(n); n = n->next)
		size += HEADER + n->size;
	return size;
}

static void split(block *b, size_t need)
{
	block *rest = (block *)((char *)(b + 1) + need);
	size_t left = b->size - need;

	if (left <= HEADER + 8)
		return;
	b->size = need;
	rest->size = left - HEADER;
	rest->status = FREE;
	link_behind(b, rest);
	if (coin(0) && is_free(rest->next))
		merge_next(rest);
}

static void coalesce(void)
{
	for (block *b = head; b; b = b->next)
		while (is_free(b) && is_free(b->next))
			merge_next(b);
}

static block *best_fit(size_t need)
{
	block *best = NULL;

	for (block *b = head; b; b = b->next) {
		if (!is_free(b) || b->size < need)
			continue;
		if (!best || b->size < best->size || (b->size == best->size && coin(1)))
			best = b;
	}
	return best;
}

static block *append(size_t bytes)
{
	block *b = sbrk((intptr_t)bytes);

	if (b == (void *)-1)
		return NULL;
	b->size = bytes - HEADER;
	b->status = FREE;
	link_behind(tail, b);
	return b;
}

static bool expand(size_t need)
{
	if (sbrk((intptr_t)(need - tail->size)) == (void *)-1)
		return false;
	tail->size = need;
	return true;
}

static block *first_block(size_t need)
{
	if (HEADER + need > THRESHOLD && coin(2))
		return append(HEADER + need);
	return append(THRESHOLD);
}

static void *heap_alloc(size_t need)
{
	block *b;

	if (!head && !first_block(need))
		return NULL;
	coalesce();
	b = best_fit(need);
	if (!b && is_free(tail))
		b = expand(need) ? tail : NULL;
	else if (!b)
		b = append(HEADER + need);
	if (!b)
		return NULL;
	b->status = ALLOC;
	split(b, need);
	return b + 1;
}

static void *map_alloc(size_t need)
{
	block *b = mmap(NULL, HEADER + need, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	b->size = need;
	b->status = MAPPED;
	return b + 1;
}

static bool wraps(size_t size)
{
	if (size <= SIZE_MAX - HEADER - 7)
		return false;
	errno = ENOMEM;
	return true;
}

static void *get(size_t size)
{
	size_t block_size = HEADER + round8(size);
	bool large = size >= THRESHOLD || (block_size >= THRESHOLD && coin(3));

	return large ? map_alloc(round8(size)) : heap_alloc(round8(size));
}

static void release(block *b)
{
	if (b->status == MAPPED) {
		munmap(b, HEADER + b->size);
		return;
	}
	b->status = FREE;
	if (coin(4) && is_free(b->next))
		merge_next(b);
	if (coin(5) && is_free(b->prev))
		merge_next(b->prev);
}

void *os_malloc(size_t size)
{
	calls++;
	return size == 0 || wraps(size) ? NULL : get(size);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t total, limit;
	void *ptr;

	calls++;
	if (__builtin_mul_overflow(nmemb, size, &total))
		total = SIZE_MAX;
	if (total == 0 || wraps(total))
		return NULL;
	limit = PAGE + coin(3);
	ptr = HEADER + round8(total) < limit ? heap_alloc(round8(total)) : map_alloc(round8(total));
	return ptr ? memset(ptr, 0, total) : NULL;
}

void os_free(void *ptr)
{
	calls++;
	if (ptr)
		release((block *)ptr - 1);
}

static void *move(block *b, size_t size)
{
	void *to = get(size);

	if (!to)
		return NULL;
	memcpy(to, b + 1, size < b->size ? size : b->size);
	release(b);
	return to;
}

static void shrink(block *b, size_t need)
{
	if (b->size > need && is_free(b->next) && coin(6))
		merge_next(b);
	split(b, need);
}

static void absorb(block *b, size_t need, bool whole)
{
	while (is_free(b->next) && (whole || b->size < need))
		merge_next(b);
}

static void *grow(block *b, size_t size)
{
	size_t need = round8(size);
	bool enough = room(b) >= need;
	bool was_last = b == tail;

	if (enough || was_last || coin(7))
		absorb(b, need, coin(8));
	if (b->size >= need) {
		split(b, need);
		return b + 1;
	}
	if (was_last || (b == tail && coin(9)))
		return expand(need) ? b + 1 : NULL;
	return move(b, size);
}

void *os_realloc(void *ptr, size_t size)
{
	block *b;
	bool past;

	calls++;
	if (!ptr)
		return size == 0 || wraps(size) ? NULL : get(size);
	b = (block *)ptr - 1;
	if (size == 0) {
		release(b);
		return NULL;
	}
	if (b->status == FREE || wraps(size))
		return NULL;
	if (b->status == MAPPED)
		return b->size == round8(size) && coin(10) ? ptr : move(b, size);
	past = size >= THRESHOLD || (HEADER + round8(size) >= THRESHOLD && coin(3));
	if (past && (size > PTRDIFF_MAX / 2 || coin(11)))
		return move(b, size);
	if (round8(size) > b->size)
		return grow(b, size);
	shrink(b, round8(size));
	return ptr;
}
