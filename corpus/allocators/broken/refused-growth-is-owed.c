/* allocheck: broken
 * cause: what the last block could not grow by, as the system refused it, is asked for again with the next block that is appended
 * clause: growth: the break moves by exactly block; it never grows for any other reason
 * expect: syscalls
 * also: placement
 * worse: result: a realloc of the last block that lacks just as much as is owed is taken for the one that was refused, and gets NULL
 * trace: a 0 100000; a 1 31008; x sbrk 1; r 1 31016; a 2 1000
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
static size_t owed;

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
	struct block *b = more(HEADER + need + owed);

	if (!b)
		return NULL;
	need += owed;
	owed = 0;
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
	b = best_fit(need);
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
	if (b->size < need && last) {
		if (more(need - b->size))
			b->size = need;
		else
			owed = need - b->size;
	}
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
	if (b->size < need && HEADER + need >= LARGE)
		return move(b, n);
	if (b->size < need && !grows(b, need))
		return owed == need - b->size && b == tail ? NULL : move(b, n);
	split(b, need);
	return p;
}
