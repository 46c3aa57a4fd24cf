/* allocheck: broken
 * cause: the first heap request is given the whole preallocation without asking whether it is large enough
 * clause: a payload lies inside its block; a first block larger than the preallocation needs the rest as well
 * expect: containment
 * also: block-list termination
 * trace: a 0 131041
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct chunk chunk;
struct chunk {
	size_t size;
	int status;
	chunk *next;
	chunk *prev;
};

enum status { FREE, ALLOC, MAPPED };

static const size_t HEADER = sizeof(chunk);
static const size_t LARGE = 128 * 1024;

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static struct {
	chunk *first;	/* FREE blocks, lowest address first */
	chunk *last;
	char *brk;	/* end of the heap, NULL before its first use */
} heap;

static chunk *chunk_end(chunk *c)
{
	return (chunk *)((char *)c + HEADER + c->size);
}

static void free_list_remove(chunk *c)
{
	*(c->prev ? &c->prev->next : &heap.first) = c->next;
	*(c->next ? &c->next->prev : &heap.last) = c->prev;
}

static void free_list_add(chunk *c)
{
	chunk *before = heap.last;

	while (before && before > c)
		before = before->prev;
	c->status = FREE;
	c->prev = before;
	c->next = before ? before->next : heap.first;
	*(c->prev ? &c->prev->next : &heap.first) = c;
	*(c->next ? &c->next->prev : &heap.last) = c;
}

static void absorb_next(chunk *c)
{
	chunk *next = c->next;

	free_list_remove(next);
	c->size += HEADER + next->size;
}

/* Adds c to the free list and merges it with what it touches: no two FREE blocks are ever adjacent. */
static void release(chunk *c)
{
	free_list_add(c);
	if (c->next == chunk_end(c))
		absorb_next(c);
	if (c->prev && chunk_end(c->prev) == c)
		absorb_next(c->prev);
}

/* The FREE block just behind c, if there is one. */
static chunk *free_neighbour(chunk *c)
{
	chunk *end = chunk_end(c);

	return (char *)end < heap.brk && end->status == FREE ? end : NULL;
}

/* Takes need bytes of c, which is on no list, and releases the rest if it can be a block. */
static void *occupy(chunk *c, size_t need)
{
	size_t rest = c->size - need;

	c->status = ALLOC;
	if (rest >= HEADER + 8) {
		c->size = need;
		chunk_end(c)->size = rest - HEADER;
		release(chunk_end(c));
	}
	return c + 1;
}

static bool grow_break(size_t bytes)
{
	void *old = sbrk((intptr_t)bytes);

	if (old == (void *)-1)
		return false;
	heap.brk = (char *)old + bytes;
	return true;
}

static bool preallocate(void)
{
	chunk *c;

	if (heap.brk)
		return true;
	if (!grow_break(LARGE))
		return false;
	c = (chunk *)(heap.brk - LARGE);
	c->size = LARGE - HEADER;
	release(c);
	return true;
}

/* The first block is all there is: it must be the best fit. */
static void *occupy_first(chunk *c, size_t need)
{
	if (c->size < need + HEADER + 8) {
		c->status = ALLOC;
		return c + 1;
	}
	return occupy(c, need);
}

static chunk *find(size_t need)
{
	chunk *best = NULL;

	for (chunk *c = heap.last; c; c = c->prev)
		if (c->size >= need && (!best || c->size < best->size))
			best = c;
	return best;
}

static void *heap_alloc(size_t need)
{
	chunk *c;

	if (!heap.brk) {
		if (!preallocate())
			return NULL;
		c = heap.first;
		free_list_remove(c);
		return occupy_first(c, need);
	}
	c = find(need);
	if (c) {
		free_list_remove(c);
		return occupy(c, need);
	}
	c = heap.last && (char *)chunk_end(heap.last) == heap.brk ? heap.last : NULL;
	if (!grow_break(c ? need - c->size : HEADER + need))
		return NULL;
	if (c)
		free_list_remove(c);
	else
		c = (chunk *)(heap.brk - need - HEADER);
	c->size = need;
	return occupy(c, need);
}

static void *map_alloc(size_t need)
{
	chunk *c = mmap(NULL, HEADER + need, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);

	if (c == MAP_FAILED)
		return NULL;
	c->size = need;
	c->status = MAPPED;
	return c + 1;
}

/* size rounded up to 8, or 0 where that or the header would wrap. */
static size_t padded(size_t size)
{
	if (size > SIZE_MAX - HEADER - 7) {
		errno = ENOMEM;
		return 0;
	}
	return (size + 7) & ~(size_t)7;
}

void *os_malloc(size_t size)
{
	size_t need = padded(size);

	if (!need)
		return NULL;
	return size >= LARGE ? map_alloc(need) : heap_alloc(need);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t need;
	void *ptr;

	if (size && nmemb > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	need = padded(nmemb * size);
	if (!need)
		return NULL;
	if (HEADER + need >= 4096)
		return map_alloc(need);	/* fresh pages are zero */
	ptr = heap_alloc(need);
	return ptr ? memset(ptr, 0, need) : NULL;
}

void os_free(void *ptr)
{
	chunk *c;

	if (!ptr)
		return;
	c = (chunk *)ptr - 1;
	if (c->status == MAPPED)
		munmap(c, HEADER + c->size);
	else if (c->status == ALLOC)
		release(c);
}

static void *move(chunk *c, size_t size)
{
	size_t kept = c->size < size ? c->size : size;
	void *to = os_malloc(size);

	if (!to)
		return NULL;
	memcpy(to, c + 1, kept);
	os_free(c + 1);
	return to;
}

static void shrink(chunk *c, size_t need)
{
	chunk *behind = free_neighbour(c);

	if (!behind) {
		occupy(c, need);
		return;
	}
	free_list_remove(behind);
	c->size += HEADER + behind->size;
	occupy(c, need);
}

static void *grow(chunk *c, size_t size, size_t need)
{
	chunk *behind = free_neighbour(c);

	if ((char *)chunk_end(c) == heap.brk) {
		if (!grow_break(need - c->size))
			return NULL;
		c->size = need;
		return c + 1;
	}
	if (!behind || c->size + HEADER + behind->size < need)
		return move(c, size);
	free_list_remove(behind);
	c->size += HEADER + behind->size;
	return occupy(c, need);
}

void *os_realloc(void *ptr, size_t size)
{
	chunk *c;
	size_t need;

	if (!ptr)
		return os_malloc(size);
	c = (chunk *)ptr - 1;
	if (!size) {
		os_free(ptr);
		return NULL;
	}
	need = padded(size);
	if (!need || c->status == FREE)
		return NULL;
	if (c->status == MAPPED || size >= LARGE)
		return move(c, size);
	if (need > c->size)
		return grow(c, size, need);
	shrink(c, need);
	return ptr;
}
