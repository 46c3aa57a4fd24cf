/* allocheck: broken
 * cause: the length of the heap is kept in 20 bits, so past one megabyte no block is taken for the last one
 * clause: os_realloc, larger: if p is the last block, the break grows by exactly what is missing
 * expect: placement
 * also: syscalls
 * trace: a 0 131000; a 1 131000; a 2 131000; a 3 131000; a 4 131000; a 5 131000; a 6 131000; a 7 131000; a 8 131000; a 9 131000; r 9 131008
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct header {
	size_t size;
	int status;
	void *unused[2];
} header;

enum { FREE = 0, ALLOC = 1, MAPPED = 2 };
enum { HEADER = sizeof(header), LARGE = 128 << 10, PAGE = 4096, SMALLEST = HEADER + 8 };

void *os_malloc(size_t n);
void *os_calloc(size_t m, size_t n);
void *os_realloc(void *p, size_t n);
void os_free(void *p);

static header *first;
static struct {
	unsigned int length : 20;
	unsigned int growths : 12;
} heap;

static header *limit(void)
{
	return sbrk(0);
}

static header *after(const header *h)
{
	return (header *)((char *)h + HEADER + h->size);
}

static size_t align(size_t n)
{
	return (n + 7) / 8 * 8;
}

static bool too_big(size_t n)
{
	if (n <= SIZE_MAX - HEADER - 7)
		return false;
	errno = ENOMEM;
	return true;
}

/* Bytes that h would have with all the free blocks behind it; h itself counts in any state. */
static size_t reach(const header *h, const header *end)
{
	size_t size = h->size;
	const header *next = after(h);

	while (next < end && next->status == FREE) {
		size += HEADER + next->size;
		next = after(next);
	}
	return size;
}

static void coalesce(void)
{
	header *end = limit();

	for (header *h = first; h < end; h = after(h))
		if (h->status == FREE)
			h->size = reach(h, end);
}

static void split(header *h, size_t need)
{
	size_t rest = h->size - need;

	if (rest < SMALLEST)
		return;
	h->size = need;
	after(h)->size = rest - HEADER;
	after(h)->status = FREE;
}

static header *extend(size_t bytes)
{
	header *old = limit();

	if (brk((char *)old + bytes))
		return NULL;
	heap.length += bytes;
	heap.growths++;
	return old;
}

static bool prepare(void)
{
	header *h;

	if (first)
		return true;
	h = extend(LARGE);
	if (!h)
		return false;
	h->size = LARGE - HEADER;
	h->status = FREE;
	first = h;
	return true;
}

/* The smallest free block that fits; in *last, the block that ends at the break. */
static header *choose(size_t need, header **last)
{
	header *best = NULL, *end = limit();

	for (header *h = first; h < end; h = after(h)) {
		if (h->status == FREE && h->size >= need && (!best || h->size <= best->size))
			best = h;
		*last = h;
	}
	return best;
}

static void *heap_take(size_t need)
{
	header *last = first, *h;

	if (!prepare())
		return NULL;
	coalesce();
	h = choose(need, &last);
	if (!h && last->status == FREE) {
		if (!extend(need - last->size))
			return NULL;
		h = last;
		h->size = need;
	} else if (!h) {
		h = extend(HEADER + need);
		if (!h)
			return NULL;
		h->size = need;
	}
	h->status = ALLOC;
	split(h, need);
	return h + 1;
}

static void *map_take(size_t need)
{
	header *h = mmap(0, need + HEADER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (h == MAP_FAILED)
		return NULL;
	h->size = need;
	h->status = MAPPED;
	return h + 1;
}

void *os_malloc(size_t n)
{
	if (n == 0 || too_big(n))
		return NULL;
	return align(n) + HEADER < LARGE ? heap_take(align(n)) : map_take(align(n));
}

void *os_calloc(size_t m, size_t n)
{
	size_t bytes = m * n;
	void *p;

	if (m == 0 || n == 0)
		return NULL;
	if (bytes / m != n || too_big(bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	p = align(bytes) + HEADER > PAGE ? map_take(align(bytes)) : heap_take(align(bytes));
	if (p)
		memset(p, 0, bytes);
	return p;
}

void os_free(void *p)
{
	header *h;

	if (!p)
		return;
	h = (header *)p - 1;
	if (h->status == MAPPED)
		munmap(h, h->size + HEADER);
	else
		h->status = FREE;
}

static void *move(header *h, size_t n)
{
	void *to = os_malloc(n);

	if (to) {
		memcpy(to, h + 1, h->size < n ? h->size : n);
		os_free(h + 1);
	}
	return to;
}

static void *stretch(header *h, size_t n)
{
	header *end = limit();

	if ((char *)after(h) - (char *)first == heap.length) {
		if (!extend(align(n) - h->size))
			return NULL;
		h->size = align(n);
		return h + 1;
	}
	if (reach(h, end) < align(n))
		return move(h, n);
	h->size = reach(h, end);
	split(h, align(n));
	return h + 1;
}

void *os_realloc(void *p, size_t n)
{
	header *h;

	if (!p)
		return os_malloc(n);
	h = (header *)p - 1;
	if (n == 0) {
		os_free(p);
		return NULL;
	}
	if (h->status == FREE || too_big(n))
		return NULL;
	if (h->status == MAPPED)
		return h->size == align(n) ? p : move(h, n);
	if (align(n) + HEADER >= LARGE)
		return move(h, n);
	if (h->size < align(n))
		return stretch(h, n);
	split(h, align(n));
	return p;
}
