/* allocheck: sound
 * differs: no list at all, and the break is asked for at every block of every walk: thousands of queries in
 *   one call; the break grows by a page, then by the rest, and the page is taken back if the rest fails; what
 *   mmap refuses is asked of the heap, however large; a short tail run is merged into the block before it
 *   moves behind it
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
	struct block *prev, *next;
};

enum { FREE, ALLOC, MAPPED };
enum { HEADER = sizeof(struct block), LARGE = 128 << 10, PAGE = 4096 };

static char *base;

static size_t align(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static struct block *after(struct block *b)
{
	return (struct block *)((char *)b + HEADER + b->size);
}

static bool is_block(struct block *b)
{
	return base && (char *)b < (char *)sbrk(0);
}

static bool is_free(struct block *b)
{
	return is_block(b) && b->status == FREE;
}

static bool grow(size_t n)
{
	for (size_t done = 0, piece; done < n; done += piece) {
		piece = done > 0 || n < PAGE ? n - done : PAGE;
		if (sbrk((intptr_t)piece) == (void *)-1) {
			if (done > 0)
				sbrk(-(intptr_t)done);
			return false;
		}
	}
	return true;
}

static void absorb(struct block *b)
{
	b->size += HEADER + after(b)->size;
}

static void coalesce(void)
{
	for (struct block *b = (struct block *)base; is_block(b); b = after(b))
		while (b->status == FREE && is_free(after(b)))
			absorb(b);
}

static void cut(struct block *b, size_t need)
{
	size_t rest = b->size - need;

	if (rest < HEADER + 8)
		return;
	b->size = need;
	after(b)->size = rest - HEADER;
	after(b)->status = FREE;
}

static void *give(struct block *b, size_t need)
{
	cut(b, need);
	b->status = ALLOC;
	return (char *)b + HEADER;
}

static void *on_heap(size_t need)
{
	struct block *best = NULL, *last = NULL;

	if (!base) {
		struct block *first = sbrk(0);

		if (!grow(LARGE))
			return NULL;
		base = (char *)first;
		first->size = LARGE - HEADER;
		first->status = FREE;
	}
	coalesce();
	for (struct block *b = (struct block *)base; is_block(b); b = after(b)) {
		last = b;
		if (b->status == FREE && b->size >= need && (!best || b->size < best->size))
			best = b;
	}
	if (best)
		return give(best, need);
	if (last->status == FREE) {
		if (!grow(need - last->size))
			return NULL;
		last->size = need;
		return give(last, need);
	}
	last = after(last);
	if (!grow(HEADER + need))
		return NULL;
	last->size = need;
	return give(last, need);
}

static void *mapped(size_t need)
{
	struct block *b = mmap(NULL, HEADER + need, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	b->size = need;
	b->status = MAPPED;
	return (char *)b + HEADER;
}

static void *get(size_t n, size_t threshold)
{
	void *p;

	if (n > PTRDIFF_MAX) {
		errno = ENOMEM;
		return NULL;
	}
	p = HEADER + align(n) < threshold ? NULL : mapped(align(n));
	return p ? p : on_heap(align(n));
}

void *os_malloc(size_t n)
{
	return n ? get(n, LARGE) : NULL;
}

void *os_calloc(size_t m, size_t n)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(m, n, &all) || all == 0)
		return NULL;
	p = get(all, PAGE);
	return p ? memset(p, 0, all) : NULL;
}

void os_free(void *p)
{
	struct block *b = p ? (struct block *)((char *)p - HEADER) : NULL;

	if (b && b->status == MAPPED)
		munmap(b, HEADER + b->size);
	else if (b)
		b->status = FREE;
}

static void *move(struct block *b, size_t n)
{
	void *old = (char *)b + HEADER, *p = os_malloc(n);

	if (!p)
		return NULL;
	memcpy(p, old, b->size < n ? b->size : n);
	os_free(old);
	return p;
}

void *os_realloc(void *p, size_t n)
{
	struct block *b = p ? (struct block *)((char *)p - HEADER) : NULL;
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
	if (b->size < need && HEADER + need < LARGE) {
		bool last = !is_block(after(b));

		while (b->size < need && is_free(after(b)))
			absorb(b);
		if (b->size < need && last) {
			if (!grow(need - b->size))
				return NULL;
			b->size = need;
		}
	}
	if (b->size < need)
		return move(b, n);
	cut(b, need);
	return p;
}
