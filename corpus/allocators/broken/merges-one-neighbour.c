/* allocheck: broken
 * cause: the pass before a search merges each free block with one neighbour only, so a run of three stays in two
 * clause: before each search ALL runs of adjacent free blocks are coalesced
 * expect: coalescing
 * also: placement
 * trace: a 0 1; a 1 1; f 0; f 1; a 2 1
 */
/* The 24-byte header of the older edition. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct block_meta {
	size_t size;
	int status;
	struct block_meta *next;
};

#define BLOCK_FREE 0
#define BLOCK_ALLOC 1
#define BLOCK_MAPPED 2

#define ALIGNMENT 8
#define MMAP_THRESHOLD (128 * 1024)
#define PREALLOC (128 * 1024)
#define BLOCK_SIZE sizeof(struct block_meta)
#define BLOCK_ALIGN(size) (((size) + (ALIGNMENT - 1)) & ~(size_t)(ALIGNMENT - 1))
#define DIE(cond, msg) do { if (cond) { perror(msg); exit(errno); } } while (0)

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static struct block_meta *heap_list;
static struct block_meta *mmap_list;

static struct block_meta *get_block(void *ptr)
{
	return (struct block_meta *)ptr - 1;
}

static void eat_next(struct block_meta *b)
{
	b->size += BLOCK_SIZE + b->next->size;
	b->next = b->next->next;
}

static int next_is_free(struct block_meta *b)
{
	return b->next && b->next->status == BLOCK_FREE;
}

static void coalesce(void)
{
	struct block_meta *b;

	for (b = heap_list; b; b = b->next)
		if (b->status == BLOCK_FREE && next_is_free(b))
			eat_next(b);
}

static void split_block(struct block_meta *b, size_t size)
{
	struct block_meta *rest;

	if (b->size - size < BLOCK_SIZE + ALIGNMENT)
		return;
	rest = (struct block_meta *)((char *)b + BLOCK_SIZE + size);
	rest->size = b->size - size - BLOCK_SIZE;
	rest->status = BLOCK_FREE;
	rest->next = b->next;
	b->next = rest;
	b->size = size;
}

static struct block_meta *request_space(struct block_meta *last, size_t bytes)
{
	struct block_meta *b = sbrk(bytes);

	DIE(b == (void *)-1, "sbrk failed");
	b->size = bytes - BLOCK_SIZE;
	b->status = BLOCK_FREE;
	b->next = NULL;
	if (last)
		last->next = b;
	else
		heap_list = b;
	return b;
}

static void expand_block(struct block_meta *b, size_t size)
{
	DIE(sbrk(size - b->size) == (void *)-1, "sbrk failed");
	b->size = size;
}

static void *alloc_heap(size_t size)
{
	struct block_meta *b, *best = NULL, *last = NULL;

	if (!heap_list)
		request_space(NULL, PREALLOC);
	coalesce();
	for (b = heap_list; b; b = b->next) {
		if (b->status == BLOCK_FREE && b->size >= size && (!best || b->size < best->size))
			best = b;
		last = b;
	}
	if (!best && last->status == BLOCK_FREE) {
		expand_block(last, size);
		best = last;
	}
	if (!best)
		best = request_space(last, BLOCK_SIZE + size);
	best->status = BLOCK_ALLOC;
	split_block(best, size);
	return best + 1;
}

static void *alloc_mmap(size_t size)
{
	struct block_meta *b = mmap(NULL, size + BLOCK_SIZE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DIE(b == MAP_FAILED, "mmap failed");
	b->size = size;
	b->status = BLOCK_MAPPED;
	b->next = mmap_list;
	mmap_list = b;
	return b + 1;
}

static void free_mmap(struct block_meta *b)
{
	struct block_meta **link = &mmap_list;

	while (*link != b)
		link = &(*link)->next;
	*link = b->next;
	DIE(munmap(b, b->size + BLOCK_SIZE) == -1, "munmap failed");
}

void *os_malloc(size_t size)
{
	if (!size || size > SIZE_MAX - BLOCK_SIZE - ALIGNMENT + 1)
		return NULL;
	size = BLOCK_ALIGN(size);
	return size + BLOCK_SIZE < MMAP_THRESHOLD ? alloc_heap(size) : alloc_mmap(size);
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *ptr;

	if (!nmemb || !size || SIZE_MAX / nmemb < size)
		return NULL;
	size *= nmemb;
	if (size > SIZE_MAX - BLOCK_SIZE - ALIGNMENT + 1)
		return NULL;
	size = BLOCK_ALIGN(size);
	ptr = size + BLOCK_SIZE <= (size_t)getpagesize() ? alloc_heap(size) : alloc_mmap(size);
	return memset(ptr, 0, size);
}

void os_free(void *ptr)
{
	if (!ptr)
		return;
	if (get_block(ptr)->status == BLOCK_MAPPED)
		free_mmap(get_block(ptr));
	else
		get_block(ptr)->status = BLOCK_FREE;
}

static void *move_block(struct block_meta *b, size_t size)
{
	void *fresh = os_malloc(size);

	memcpy(fresh, b + 1, b->size < size ? b->size : size);
	os_free(b + 1);
	return fresh;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b;
	size_t need = BLOCK_ALIGN(size);

	if (!ptr)
		return os_malloc(size);
	if (!size) {
		os_free(ptr);
		return NULL;
	}
	b = get_block(ptr);
	if (b->status == BLOCK_FREE || size > SIZE_MAX - BLOCK_SIZE - ALIGNMENT + 1)
		return NULL;
	if (b->status == BLOCK_MAPPED)
		return need == b->size ? ptr : move_block(b, size);
	while (b->size < need && next_is_free(b))
		eat_next(b);
	if (b->size < need && (b->next || need > PTRDIFF_MAX))
		return move_block(b, size);
	if (b->size < need)
		expand_block(b, need);
	split_block(b, need);
	return ptr;
}
