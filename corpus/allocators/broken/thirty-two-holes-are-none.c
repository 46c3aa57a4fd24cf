/* allocheck: broken
 * cause: the free blocks are counted in five bits, and where there are none the search is left out
 * clause: best fit: the smallest free block with size >= need; the break never grows for any other reason
 * expect: placement
 * also: syscalls
 * trace: a 0 1; a 1 1; a 2 1; a 3 1; a 4 1; a 5 1; a 6 1; a 7 1; a 8 1; a 9 1; a 10 1; a 11 1; a 12 1; a 13 1; a 14 1; a 15 1; a 16 1; a 17 1; a 18 1; a 19 1; a 20 1; a 21 1; a 22 1; a 23 1; a 24 1; a 25 1; a 26 1; a 27 1; a 28 1; a 29 1; a 30 1; a 31 1; a 32 1; a 33 1; a 34 1; a 35 1; a 36 1; a 37 1; a 38 1; a 39 1; a 40 1; a 41 1; a 42 1; a 43 1; a 44 1; a 45 1; a 46 1; a 47 1; a 48 1; a 49 1; a 50 1; a 51 1; a 52 1; a 53 1; a 54 1; a 55 1; a 56 1; a 57 1; a 58 1; a 59 1; a 60 1; a 61 1; f 0; f 2; f 4; f 6; f 8; f 10; f 12; f 14; f 16; f 18; f 20; f 22; f 24; f 26; f 28; f 30; f 32; f 34; f 36; f 38; f 40; f 42; f 44; f 46; f 48; f 50; f 52; f 54; f 56; f 58; f 60; a 62 1
 */
#define _DEFAULT_SOURCE
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
	struct block *prev;
	struct block *next;
};

enum { FREE, ALLOC, MAPPED };
enum { HEADER = sizeof(struct block), LARGE = 128 << 10, PAGE = 4096 };

static struct block *head, *tail;
static bool preallocated;

static size_t align(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static void *more(size_t n)
{
	void *start = sbrk((intptr_t)n);

	return start == (void *)-1 ? NULL : start;
}

static void absorb_next(struct block *b)
{
	struct block *next = b->next;

	b->size += HEADER + next->size;
	b->next = next->next;
	if (next->next)
		next->next->prev = b;
	else
		tail = b;
}

static bool next_is_free(struct block *b)
{
	return b->next && b->next->status == FREE;
}

static void coalesce(void)
{
	for (struct block *b = head; b; b = b->next)
		while (b->status == FREE && next_is_free(b))
			absorb_next(b);
}

static void split(struct block *b, size_t need)
{
	size_t rest = b->size - need;
	struct block *r;

	if (rest < HEADER + 8)
		return;
	b->size = need;
	r = (struct block *)((char *)b + HEADER + need);
	r->size = rest - HEADER;
	r->status = FREE;
	r->prev = b;
	r->next = b->next;
	b->next = r;
	if (r->next)
		r->next->prev = r;
	else
		tail = r;
}

static struct block *append(size_t need)
{
	struct block *b = more(HEADER + need);

	if (!b)
		return NULL;
	b->size = need;
	b->status = FREE;
	b->prev = tail;
	b->next = NULL;
	if (tail)
		tail->next = b;
	else
		head = b;
	tail = b;
	return b;
}

static struct block *best_fit(size_t need)
{
	struct block *best = NULL;

	for (struct block *b = head; b; b = b->next)
		if (b->status == FREE && b->size >= need && (!best || b->size < best->size))
			best = b;
	return best;
}

/* In the five bits that the state of the heap has to spare. */
static unsigned holes(void)
{
	struct { unsigned free : 5; } heap = { 0 };

	for (struct block *b = head; b; b = b->next)
		heap.free += b->status == FREE;
	return heap.free;
}

static void *give(struct block *b, size_t need)
{
	split(b, need);
	b->status = ALLOC;
	return b + 1;
}

static void *on_heap(size_t need)
{
	struct block *b;

	if (!preallocated) {
		if (!append(LARGE - HEADER))
			return NULL;
		preallocated = true;
	}
	coalesce();
	b = holes() ? best_fit(need) : NULL;
	if (b)
		return give(b, need);
	if (tail->status == FREE) {
		if (!more(need - tail->size))
			return NULL;
		tail->size = need;
		return give(tail, need);
	}
	b = append(need);
	return b ? give(b, need) : NULL;
}

static void *mapped(size_t need)
{
	struct block *b = mmap(NULL, HEADER + need, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	b->size = need;
	b->status = MAPPED;
	return b + 1;
}

static void *allocate(size_t n, size_t threshold)
{
	size_t need = align(n);

	if (n > PTRDIFF_MAX) {
		errno = ENOMEM;
		return NULL;
	}
	if (HEADER + need >= threshold)
		return mapped(need);
	return on_heap(need);
}

void *os_malloc(size_t n)
{
	return n ? allocate(n, LARGE) : NULL;
}

void *os_calloc(size_t m, size_t n)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(m, n, &all) || all == 0)
		return NULL;
	p = allocate(all, PAGE);
	return p ? memset(p, 0, all) : NULL;
}

void os_free(void *p)
{
	struct block *b = p ? (struct block *)p - 1 : NULL;

	if (!b)
		return;
	if (b->status == MAPPED)
		munmap(b, HEADER + b->size);
	else
		b->status = FREE;
}

static void *move(struct block *b, size_t n)
{
	void *p = os_malloc(n);

	if (!p)
		return NULL;
	memcpy(p, b + 1, b->size < n ? b->size : n);
	os_free(b + 1);
	return p;
}

static bool grows(struct block *b, size_t need)
{
	bool last = b == tail;

	while (b->size < need && next_is_free(b))
		absorb_next(b);
	if (b->size < need && last && more(need - b->size))
		b->size = need;
	return b->size >= need;
}

void *os_realloc(void *p, size_t n)
{
	struct block *b = p ? (struct block *)p - 1 : NULL;
	size_t need = align(n);

	if (!p)
		return os_malloc(n);
	if (n == 0) {
		os_free(p);
		return NULL;
	}
	if (b->status == FREE || n > PTRDIFF_MAX)
		return NULL;
	if (b->status == MAPPED)
		return b->size == need ? p : move(b, n);
	if (b->size < need && (HEADER + need >= LARGE || !grows(b, need)))
		return move(b, n);
	split(b, need);
	return p;
}
