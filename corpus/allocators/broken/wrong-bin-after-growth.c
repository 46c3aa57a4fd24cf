/* allocheck: broken
 * cause: the grown last block is taken out of the bin of its new size, and stays the head of the bin of its old one
 * clause: payloads never overlap; ALLOC blocks are never given again
 * expect: disjointness
 * also: termination status block-list contents placement
 * worse: contents, termination: the block found in the wrong list is cut for more than it has, so that headers are written into live payloads, and payloads over headers; placement: what is taken out of the wrong bin takes its head along, so that a smaller hole is not found there
 * trace: a 0 100000; a 1 100000; a 2 1024
 */
#define _DEFAULT_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KIB 1024ul
#define PREALLOCATION (128 * KIB)
#define MMAP_THRESHOLD (128 * KIB)
#define OVERHEAD sizeof(struct block)
#define BINS 64

enum block_status { STATUS_FREE, STATUS_ALLOC, STATUS_MAPPED };

struct block {
	size_t size;
	int status;
	struct block *prev;	/* FREE: neighbours in the bin */
	struct block *next;
};

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static struct block *bins[BINS];
static char *heap_start, *heap_end;

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static size_t round8(size_t size)
{
	return (size + 7) & -8ul;
}

static int bin_of(size_t size)
{
	return 63 - __builtin_clzl(size);
}

static struct block *behind(struct block *b)
{
	return (struct block *)((char *)(b + 1) + b->size);
}

static int at_end(struct block *b)
{
	return (char *)behind(b) == heap_end;
}

static int free_behind(struct block *b)
{
	return !at_end(b) && behind(b)->status == STATUS_FREE;
}

static void bin_insert(struct block *b)
{
	struct block **bin = &bins[bin_of(b->size)];

	b->status = STATUS_FREE;
	b->prev = NULL;
	b->next = *bin;
	if (*bin)
		(*bin)->prev = b;
	*bin = b;
}

static void bin_remove(struct block *b)
{
	if (b->next)
		b->next->prev = b->prev;
	if (b->prev)
		b->prev->next = b->next;
	else
		bins[bin_of(b->size)] = b->next;
}

/* b, which is in no bin, takes in the FREE block behind it. */
static void take_in(struct block *b)
{
	struct block *gone = behind(b);

	bin_remove(gone);
	b->size += OVERHEAD + gone->size;
}

static void coalesce_heap(void)
{
	char *at = heap_start;

	while (at < heap_end) {
		struct block *b = (struct block *)at;

		if (b->status == STATUS_FREE && free_behind(b)) {
			bin_remove(b);
			while (free_behind(b))
				take_in(b);
			bin_insert(b);
		}
		at = (char *)behind(b);
	}
}

static struct block *smallest_in(struct block *bin, size_t need)
{
	struct block *best = NULL;

	for (; bin; bin = bin->next)
		if (bin->size >= need && (!best || bin->size < best->size))
			best = bin;
	return best;
}

static struct block *best_fit(size_t need)
{
	struct block *best = NULL;

	for (int bin = bin_of(need); bin < BINS && !best; bin++)
		best = smallest_in(bins[bin], need);
	if (best)
		bin_remove(best);
	return best;
}

static void split(struct block *b, size_t need)
{
	size_t left = b->size - need;

	if (left < OVERHEAD + 8)
		return;
	b->size = need;
	behind(b)->size = left - OVERHEAD;
	bin_insert(behind(b));
}

static struct block *more(size_t bytes)
{
	void *old = sbrk((intptr_t)bytes);

	if (old == (void *)-1)
		die("sbrk");
	heap_end = (char *)old + bytes;
	return old;
}

static void first_use(void)
{
	struct block *b;

	if (heap_start)
		return;
	b = more(PREALLOCATION);
	heap_start = (char *)b;
	b->size = PREALLOCATION - OVERHEAD;
	bin_insert(b);
}

static struct block *last_free(void)
{
	for (int bin = 0; bin < BINS; bin++)
		for (struct block *b = bins[bin]; b; b = b->next)
			if (at_end(b))
				return b;
	return NULL;
}

static void *from_heap(size_t need)
{
	struct block *b;

	first_use();
	coalesce_heap();
	b = best_fit(need);
	if (!b) {
		b = last_free();
		if (b) {
			more(need - b->size);
			b->size = need;
			bin_remove(b);
		} else {
			b = more(OVERHEAD + need);
			b->size = need;
		}
	}
	b->status = STATUS_ALLOC;
	split(b, need);
	return b + 1;
}

static void *from_mmap(size_t need)
{
	struct block *b = mmap(NULL, OVERHEAD + need, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		die("mmap");
	b->size = need;
	b->status = STATUS_MAPPED;
	return b + 1;
}

void *os_malloc(size_t size)
{
	size_t need = round8(size);

	if (size == 0 || need + OVERHEAD < size)
		return NULL;
	if (need + OVERHEAD < MMAP_THRESHOLD)
		return from_heap(need);
	return from_mmap(need);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t bytes, need;
	void *ptr;

	if (__builtin_mul_overflow(nmemb, size, &bytes) || bytes == 0)
		return NULL;
	need = round8(bytes);
	if (need + OVERHEAD < bytes)
		return NULL;
	if (need + OVERHEAD > (size_t)getpagesize())
		return from_mmap(need);
	ptr = from_heap(need);
	memset(ptr, 0, bytes);
	return ptr;
}

void os_free(void *ptr)
{
	struct block *b;

	if (ptr == NULL)
		return;
	b = (struct block *)ptr - 1;
	if (b->status == STATUS_MAPPED) {
		if (munmap(b, OVERHEAD + b->size))
			die("munmap");
		return;
	}
	bin_insert(b);
}

static void *copy_to_new(struct block *b, size_t size)
{
	void *ptr = os_malloc(size);

	memcpy(ptr, b + 1, b->size < size ? b->size : size);
	os_free(b + 1);
	return ptr;
}

static void *enlarge(struct block *b, size_t size)
{
	size_t need = round8(size);
	int was_last = at_end(b);

	while (b->size < need && free_behind(b))
		take_in(b);
	if (b->size >= need) {
		split(b, need);
		return b + 1;
	}
	if (!was_last || need > PTRDIFF_MAX)
		return copy_to_new(b, size);
	more(need - b->size);
	b->size = need;
	return b + 1;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block *b;
	size_t need = round8(size);

	if (ptr == NULL)
		return os_malloc(size);
	b = (struct block *)ptr - 1;
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	if (b->status == STATUS_FREE || need + OVERHEAD < size)
		return NULL;
	if (b->status == STATUS_MAPPED)
		return b->size == need ? ptr : copy_to_new(b, size);
	if (b->size < need)
		return enlarge(b, size);
	split(b, need);
	return ptr;
}
