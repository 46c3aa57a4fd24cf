/* allocheck: broken
 * cause: three FREE neighbours that together are just what is asked for are joined at once, and the third of them stays in the list
 * clause: before each search all runs of adjacent free blocks are coalesced; a merged block is no block any more
 * expect: termination
 * also: block-list status disjointness contents coalescing placement
 * worse: coalescing: the third hole, still in the list, swallows the free block behind it, which is joined to no other any more; placement: three holes that fit are taken before a single one that fits as well
 * trace: a 0 8; a 1 8; a 2 8; a 3 8; f 0; f 1; f 2; a 4 88; a 5 8
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct block {
	size_t size;
	int status;
	struct block *prev;
	struct block *next;
};

enum { FREE, ALLOC, MAPPED };

#define HEADER sizeof(struct block)
#define THRESHOLD ((size_t)128 * 1024)
#define ALIGN8(n) (((n) + 7) & ~(size_t)7)

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static struct block *head;
static struct block *tail;
static int preallocated;

static void *payload(struct block *b)
{
	return b + 1;
}

static struct block *header_of(void *ptr)
{
	return (struct block *)ptr - 1;
}

/* Whether size can be aligned and given a header without wrapping. */
static int representable(size_t size)
{
	if (size <= SIZE_MAX - 7 - HEADER)
		return 1;
	errno = ENOMEM;
	return 0;
}

static void link_after(struct block *at, struct block *b)
{
	b->prev = at;
	b->next = at ? at->next : head;
	if (b->next)
		b->next->prev = b;
	else
		tail = b;
	if (at)
		at->next = b;
	else
		head = b;
}

static void merge_next(struct block *b)
{
	struct block *gone = b->next;

	b->size += HEADER + gone->size;
	b->next = gone->next;
	if (gone->next)
		gone->next->prev = b;
	else
		tail = b;
}

static void split(struct block *b, size_t need)
{
	struct block *rest;

	if (b->size - need < HEADER + 8)
		return;
	rest = (struct block *)((char *)payload(b) + need);
	rest->size = b->size - need - HEADER;
	rest->status = FREE;
	b->size = need;
	link_after(b, rest);
}

static void coalesce_all(void)
{
	for (struct block *b = head; b; b = b->next)
		while (b->status == FREE && b->next && b->next->status == FREE)
			merge_next(b);
}

/* Three in a row that are just enough: no need to coalesce everything. */
static struct block *three_in_a_row(size_t need)
{
	for (struct block *b = head; b && b->next && b->next->next; b = b->next) {
		struct block *second = b->next, *third = second->next;

		if (b->status != FREE || second->status != FREE || third->status != FREE)
			continue;
		if (b->size + second->size + third->size + 2 * HEADER != need)
			continue;
		b->size = need;
		b->next = third;
		third->prev = b;
		return b;
	}
	return NULL;
}

static struct block *best_fit(size_t need)
{
	struct block *best = NULL;

	for (struct block *b = head; b; b = b->next)
		if (b->status == FREE && b->size >= need && (!best || b->size < best->size))
			best = b;
	return best;
}

static struct block *append(size_t total)
{
	struct block *b = sbrk((intptr_t)total);

	if (b == (void *)-1)
		return NULL;
	b->size = total - HEADER;
	b->status = FREE;
	link_after(tail, b);
	return b;
}

static int expand_last(size_t need)
{
	if (sbrk((intptr_t)(need - tail->size)) == (void *)-1)
		return 0;
	tail->size = need;
	return 1;
}

static struct block *find_heap_block(size_t need)
{
	struct block *b;

	if (!preallocated) {
		if (!append(THRESHOLD))
			return NULL;
		preallocated = 1;
	}
	b = three_in_a_row(need);
	if (b)
		return b;
	coalesce_all();
	b = best_fit(need);
	if (b)
		return b;
	if (tail->status == FREE)
		return expand_last(need) ? tail : NULL;
	return append(HEADER + need);
}

static void *take_from_heap(size_t need)
{
	struct block *b = find_heap_block(need);

	if (!b)
		return NULL;
	b->status = ALLOC;
	split(b, need);
	return payload(b);
}

static void *take_mapping(size_t need)
{
	struct block *b = mmap(NULL, HEADER + need, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	b->size = need;
	b->status = MAPPED;
	b->prev = b->next = NULL;
	return payload(b);
}

static void *allocate(size_t size, size_t threshold)
{
	size_t need = ALIGN8(size);

	return HEADER + need < threshold ? take_from_heap(need) : take_mapping(need);
}

void *os_malloc(size_t size)
{
	if (size == 0 || !representable(size))
		return NULL;
	return allocate(size, THRESHOLD);
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *ptr;

	if (nmemb == 0 || size == 0)
		return NULL;
	if (size > SIZE_MAX / nmemb) {
		errno = ENOMEM;
		return NULL;
	}
	if (!representable(nmemb * size))
		return NULL;
	ptr = allocate(nmemb * size, (size_t)getpagesize());
	if (ptr)
		memset(ptr, 0, nmemb * size);
	return ptr;
}

void os_free(void *ptr)
{
	struct block *b;

	if (!ptr)
		return;
	b = header_of(ptr);
	if (b->status == MAPPED)
		munmap(b, HEADER + b->size);
	else
		b->status = FREE;
}

static void *move(struct block *b, size_t size)
{
	void *fresh = os_malloc(size);

	if (!fresh)
		return NULL;
	memcpy(fresh, payload(b), size < b->size ? size : b->size);
	os_free(payload(b));
	return fresh;
}

static void *grow(struct block *b, size_t size)
{
	size_t need = ALIGN8(size);
	int was_last = b == tail;

	while (b->size < need && b->next && b->next->status == FREE)
		merge_next(b);
	if (b->size >= need) {
		split(b, need);
		return payload(b);
	}
	if (b != tail)
		return move(b, size);
	if (!was_last) {
		coalesce_all();
		if (best_fit(need))
			return move(b, size);
	}
	return expand_last(need) ? payload(b) : NULL;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block *b;

	if (!ptr)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	b = header_of(ptr);
	if (b->status == FREE || !representable(size))
		return NULL;
	if (b->status == MAPPED)
		return b->size == ALIGN8(size) ? ptr : move(b, size);
	if (b->size >= ALIGN8(size)) {
		split(b, ALIGN8(size));
		return ptr;
	}
	if (HEADER + ALIGN8(size) >= THRESHOLD)
		return move(b, size);
	return grow(b, size);
}
