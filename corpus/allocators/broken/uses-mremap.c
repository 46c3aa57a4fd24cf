/* allocheck: broken
 * cause: mapped blocks are resized with mremap
 * clause: mremap is forbidden: get the new block first, copy, then munmap the old
 * expect: termination
 * also: syscalls result placement
 * worse: termination, result, placement: mremap is refused where mmap would have been had, and then its error is returned or written to; and a block is resized in its place that should have moved
 * trace: a 0 131072; r 0 131073
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct block {
	size_t size;
	int status;
	struct block *prev;	/* the block that ends where this one begins; NULL for the first */
	struct block *next;	/* unused */
};

enum { ST_FREE, ST_ALLOC, ST_MAPPED };

#define HEADER_SIZE (sizeof(struct block))
#define MMAP_FROM (128 * (size_t)1024)

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static struct block *first, *last;

static struct block *next_of(const struct block *b)
{
	return b == last ? NULL : (struct block *)((char *)b + HEADER_SIZE + b->size);
}

static bool is_free(const struct block *b)
{
	return b && b->status == ST_FREE;
}

/* Sets the size of b and tells the block behind it, or the heap, where it now ends. */
static void resize(struct block *b, size_t size, bool ends_heap)
{
	b->size = size;
	if (ends_heap)
		last = b;
	else
		next_of(b)->prev = b;
}

static void merge_next(struct block *b)
{
	struct block *next = next_of(b);
	bool ends_heap = next == last;

	if (ends_heap)
		last = b;
	resize(b, b->size + HEADER_SIZE + next->size, ends_heap);
}

static void set_free(struct block *b)
{
	b->status = ST_FREE;
	if (is_free(next_of(b)))
		merge_next(b);
	if (is_free(b->prev))
		merge_next(b->prev);
}

static void split(struct block *b, size_t need)
{
	size_t left = b->size - need;
	bool ends_heap = b == last;
	struct block *rest = (struct block *)((char *)(b + 1) + need);

	if (left < HEADER_SIZE + 8)
		return;
	b->size = need;
	rest->prev = b;
	rest->next = NULL;
	if (ends_heap)
		last = rest;
	resize(rest, left - HEADER_SIZE, ends_heap);
	set_free(rest);
}

static bool extend_last(size_t need)
{
	if (sbrk(need - last->size) == (void *)-1)
		return false;
	last->size = need;
	return true;
}

static struct block *new_last(size_t bytes)
{
	struct block *b = sbrk(bytes);

	if (b == (void *)-1)
		return NULL;
	b->size = bytes - HEADER_SIZE;
	b->status = ST_FREE;
	b->prev = last;
	b->next = NULL;
	last = b;
	return b;
}

static struct block *best_fit(size_t need)
{
	struct block *best = NULL;

	for (struct block *b = first; b; b = next_of(b))
		if (is_free(b) && b->size >= need && (!best || b->size < best->size))
			best = b;
	return best;
}

static void *heap_alloc(size_t need)
{
	struct block *b;

	if (!first)
		first = new_last(MMAP_FROM);
	if (!first)
		return NULL;
	b = best_fit(need);
	if (!b && is_free(last))
		b = extend_last(need) ? last : NULL;
	else if (!b)
		b = new_last(HEADER_SIZE + need);
	if (!b)
		return NULL;
	b->status = ST_ALLOC;
	split(b, need);
	return b + 1;
}

static void *mmap_alloc(size_t need)
{
	struct block *b = mmap(NULL, HEADER_SIZE + need, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	b->size = need;
	b->status = ST_MAPPED;
	b->prev = b->next = NULL;
	return b + 1;
}

/* Rounds *size up to 8; false, with ENOMEM, where it cannot carry a header any more. */
static bool round_size(size_t *size)
{
	size_t total;

	if (__builtin_add_overflow(*size, HEADER_SIZE + 7, &total)) {
		errno = ENOMEM;
		return false;
	}
	*size = (*size + 7) & ~(size_t)7;
	return true;
}

static void *alloc_below(size_t need, size_t limit)
{
	return HEADER_SIZE + need < limit ? heap_alloc(need) : mmap_alloc(need);
}

void *os_malloc(size_t size)
{
	if (size == 0 || !round_size(&size))
		return NULL;
	return alloc_below(size, MMAP_FROM);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t need;
	void *ptr;

	if (__builtin_mul_overflow(nmemb, size, &need)) {
		errno = ENOMEM;
		return NULL;
	}
	if (need == 0 || !round_size(&need))
		return NULL;
	ptr = alloc_below(need, getpagesize());
	return ptr ? memset(ptr, 0, need) : NULL;
}

void os_free(void *ptr)
{
	struct block *b;

	if (!ptr)
		return;
	b = (struct block *)ptr - 1;
	if (b->status == ST_MAPPED)
		munmap(b, HEADER_SIZE + b->size);
	else if (b->status == ST_ALLOC)
		set_free(b);
}

static void *move(struct block *b, size_t need)
{
	void *ptr = alloc_below(need, MMAP_FROM);

	if (!ptr)
		return NULL;
	memcpy(ptr, b + 1, b->size < need ? b->size : need);
	os_free(b + 1);
	return ptr;
}

static void *grow(struct block *b, size_t need)
{
	struct block *next = next_of(b);
	size_t room = is_free(next) ? b->size + HEADER_SIZE + next->size : b->size;
	bool reaches_end = b == last || (is_free(next) && next == last);

	if (room < need) {
		if (!reaches_end || need > PTRDIFF_MAX)
			return move(b, need);
		if (b != last && HEADER_SIZE + need < MMAP_FROM && best_fit(need))
			return move(b, need);
		if (sbrk(need - room) == (void *)-1)
			return NULL;
	}
	if (is_free(next))
		merge_next(b);
	if (b->size < need)
		b->size = need;
	split(b, need);
	return b + 1;
}

static void shrink(struct block *b, size_t need)
{
	if (b->size > need && is_free(next_of(b)))
		merge_next(b);
	split(b, need);
}

static void *remap(struct block *b, size_t need)
{
	if (b->size == need)
		return b + 1;
	b = mremap(b, HEADER_SIZE + b->size, HEADER_SIZE + need, MREMAP_MAYMOVE);
	if (b == MAP_FAILED)
		return NULL;
	b->size = need;
	return b + 1;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block *b;

	if (!ptr)
		return os_malloc(size);
	b = (struct block *)ptr - 1;
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	if (b->status == ST_FREE || !round_size(&size))
		return NULL;
	if (b->status == ST_MAPPED && HEADER_SIZE + size >= MMAP_FROM)
		return remap(b, size);
	if (b->status == ST_MAPPED)
		return b->size == size ? ptr : move(b, size);
	if (b->size < size)
		return grow(b, size);
	shrink(b, size);
	return ptr;
}
