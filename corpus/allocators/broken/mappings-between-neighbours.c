/* allocheck: broken
 * cause: mapped blocks stand in the one list where they were made, and keep free heap blocks around them apart
 * clause: before each search ALL runs of adjacent free blocks are coalesced
 * expect: coalescing
 * also: placement syscalls
 * trace: a 0 131000; a 1 1; a 2 131072; a 3 1; f 1; f 3; a 4 9
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DIE(assertion, call) do { if (assertion) { fprintf(stderr, "%s:%d ", __FILE__, __LINE__); perror(call); exit(errno); } } while (0)
#define ALIGN(x) (((x) + 7) & ~7UL)
#define MMAP_THRESHOLD (128 * 1024)
#define META sizeof(struct block_meta)

struct block_meta {
	size_t size;
	int status;
	struct block_meta *prev;
	struct block_meta *next;
};

struct block_meta *first, *last;	/* all blocks, in the order they were made */
struct block_meta *heap_last;		/* the last block of the heap */

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static void add_after(struct block_meta *pos, struct block_meta *b)
{
	b->prev = pos;
	b->next = pos ? pos->next : NULL;
	if (b->next)
		b->next->prev = b;
	else
		last = b;
	if (pos)
		pos->next = b;
	else
		first = b;
}

static void take_out(struct block_meta *b)
{
	if (b->prev)
		b->prev->next = b->next;
	else
		first = b->next;
	if (b->next)
		b->next->prev = b->prev;
	else
		last = b->prev;
}

/* only blocks that follow each other in the list can be merged */
static int mergeable(struct block_meta *b)
{
	return b->next && b->next->status == 0 && (char *)b + META + b->size == (char *)b->next;
}

static void merge(struct block_meta *b)
{
	struct block_meta *next = b->next;

	if (next == heap_last)
		heap_last = b;
	take_out(next);
	b->size += META + next->size;
}

static void split(struct block_meta *b, size_t size)
{
	struct block_meta *rest;

	if (b->size < size + META + 8)
		return;
	rest = (struct block_meta *)((char *)b + META + size);
	rest->size = b->size - size - META;
	rest->status = 0;
	b->size = size;
	add_after(b, rest);
	if (b == heap_last)
		heap_last = rest;
}

static struct block_meta *new_heap_block(size_t bytes)
{
	struct block_meta *b = sbrk(bytes);

	DIE(b == (void *)-1, "sbrk");
	b->size = bytes - META;
	b->status = 0;
	add_after(last, b);
	heap_last = b;
	return b;
}

static void *alloc(size_t size, size_t threshold)
{
	struct block_meta *b, *best = NULL;

	if (size + META >= threshold) {
		b = mmap(NULL, size + META, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		DIE(b == MAP_FAILED, "mmap");
		b->size = size;
		b->status = 2;
		add_after(last, b);
		return b + 1;
	}
	if (!heap_last)
		new_heap_block(MMAP_THRESHOLD);
	for (b = first; b; b = b->next) {
		while (b->status == 0 && mergeable(b))
			merge(b);
		if (b->status == 0 && b->size >= size && (!best || b->size < best->size))
			best = b;
	}
	if (!best && heap_last->status == 0) {
		best = heap_last;
		DIE(sbrk(size - best->size) == (void *)-1, "sbrk");
		best->size = size;
	}
	if (!best)
		best = new_heap_block(META + size);
	best->status = 1;
	split(best, size);
	return best + 1;
}

void *os_malloc(size_t size)
{
	if (size == 0 || size > SIZE_MAX - META - 7)
		return NULL;
	return alloc(ALIGN(size), MMAP_THRESHOLD);
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *ptr;

	if (nmemb == 0 || size == 0 || nmemb > SIZE_MAX / size)
		return NULL;
	size *= nmemb;
	if (size > SIZE_MAX - META - 7)
		return NULL;
	ptr = alloc(ALIGN(size), getpagesize());
	memset(ptr, 0, size);
	return ptr;
}

void os_free(void *ptr)
{
	struct block_meta *b;

	if (ptr == NULL)
		return;
	b = (struct block_meta *)ptr - 1;
	if (b->status == 2) {
		take_out(b);
		DIE(munmap(b, b->size + META) == -1, "munmap");
	} else {
		b->status = 0;
	}
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b;
	size_t need = ALIGN(size);
	void *new;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	b = (struct block_meta *)ptr - 1;
	if (b->status == 0 || size > SIZE_MAX - META - 7)
		return NULL;
	if (b->status == 2 && b->size == need)
		return ptr;
	if (b->status == 1 && (need + META < MMAP_THRESHOLD || need <= b->size)) {
		if (b == heap_last && b->size < need) {
			DIE(sbrk(need - b->size) == (void *)-1, "sbrk");
			b->size = need;
		}
		while (b->size < need && mergeable(b))
			merge(b);
		if (b->size >= need) {
			split(b, need);
			return ptr;
		}
	}
	new = os_malloc(size);
	memcpy(new, ptr, b->size < size ? b->size : size);
	os_free(ptr);
	return new;
}
