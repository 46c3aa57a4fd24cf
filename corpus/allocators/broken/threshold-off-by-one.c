/* allocheck: broken
 * cause: a request of exactly 128 KiB is still served from the heap
 * clause: os_malloc(n), n >= 128 KiB: one mmap of exactly block bytes
 * expect: syscalls
 * also: placement
 * trace: a 0 131072
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DIE(assertion, call_description)			\
	do {							\
		if (assertion) {				\
			fprintf(stderr, "(%s, %d): ", __FILE__, __LINE__);	\
			perror(call_description);		\
			exit(errno);				\
		}						\
	} while (0)

#define STATUS_FREE   0
#define STATUS_ALLOC  1
#define STATUS_MAPPED 2

#define MMAP_THRESHOLD 131072UL
#define ALIGN(size) (((size) + 7UL) & ~7UL)
#define META_SIZE sizeof(block_meta_t)

typedef struct block_meta {
	size_t size;
	int status;
	struct block_meta *prev;
	struct block_meta *next;
} block_meta_t;

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static block_meta_t *list;
static char *heap_end;

static char *end_of(block_meta_t *b)
{
	return (char *)b + META_SIZE + b->size;
}

/* List neighbours are neighbours in memory only when both are heap blocks that touch. */
static int touches_free(block_meta_t *b, block_meta_t *next)
{
	return next && next->status == STATUS_FREE && end_of(b) == (char *)next;
}

static int is_last(block_meta_t *b)
{
	return b->status != STATUS_MAPPED && end_of(b) == heap_end;
}

static void insert_sorted(block_meta_t *b)
{
	block_meta_t *prev = NULL, *next = list;

	while (next && next < b) {
		prev = next;
		next = next->next;
	}
	b->prev = prev;
	b->next = next;
	if (next)
		next->prev = b;
	if (prev)
		prev->next = b;
	else
		list = b;
}

static void unlink_block(block_meta_t *b)
{
	if (b->prev)
		b->prev->next = b->next;
	else
		list = b->next;
	if (b->next)
		b->next->prev = b->prev;
}

static void swallow_next(block_meta_t *b)
{
	block_meta_t *next = b->next;

	unlink_block(next);
	b->size += META_SIZE + next->size;
}

static void coalesce(block_meta_t *b)
{
	while (touches_free(b, b->next))
		swallow_next(b);
}

static void coalesce_all(void)
{
	for (block_meta_t *b = list; b; b = b->next)
		if (b->status == STATUS_FREE)
			coalesce(b);
}

static void cut(block_meta_t *b, size_t need)
{
	block_meta_t *rest = (block_meta_t *)((char *)b + META_SIZE + need);

	rest->size = b->size - need - META_SIZE;
	rest->status = STATUS_FREE;
	b->size = need;
	insert_sorted(rest);
	coalesce(rest);
}

static void split(block_meta_t *b, size_t need)
{
	if (b->size >= need + META_SIZE + 8)
		cut(b, need);
}

static block_meta_t *grow_heap(size_t total)
{
	block_meta_t *b = sbrk((intptr_t)total);

	DIE(b == (void *)-1, "sbrk");
	heap_end = (char *)b + total;
	b->size = total - META_SIZE;
	b->status = STATUS_FREE;
	insert_sorted(b);
	return b;
}

static void grow_last(block_meta_t *b, size_t need)
{
	void *old = sbrk((intptr_t)(need - b->size));

	DIE(old == (void *)-1, "sbrk");
	heap_end += need - b->size;
	b->size = need;
}

static block_meta_t *search(size_t need)
{
	block_meta_t *best = NULL, *last = NULL;

	coalesce_all();
	for (block_meta_t *b = list; b; b = b->next) {
		if (is_last(b))
			last = b;
		if (b->status == STATUS_FREE && b->size >= need && (!best || b->size < best->size))
			best = b;
	}
	if (best)
		return best;
	if (!last || last->status != STATUS_FREE)
		return grow_heap(META_SIZE + need);
	grow_last(last, need);
	return last;
}

static void *heap_alloc(size_t need)
{
	block_meta_t *b;

	if (!heap_end)
		grow_heap(META_SIZE + need > MMAP_THRESHOLD ? META_SIZE + need : MMAP_THRESHOLD);
	b = search(need);
	b->status = STATUS_ALLOC;
	split(b, need);
	return b + 1;
}

static void *map_alloc(size_t need)
{
	block_meta_t *b = mmap(NULL, META_SIZE + need, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DIE(b == MAP_FAILED, "mmap");
	b->size = need;
	b->status = STATUS_MAPPED;
	insert_sorted(b);
	return b + 1;
}

void *os_malloc(size_t size)
{
	if (!size || size > SIZE_MAX - META_SIZE - 7)
		return NULL;
	return size <= MMAP_THRESHOLD ? heap_alloc(ALIGN(size)) : map_alloc(ALIGN(size));
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t total, need;
	void *ptr;

	if (__builtin_mul_overflow(nmemb, size, &total) || total > SIZE_MAX - META_SIZE - 7)
		return NULL;
	if (!total)
		return NULL;
	need = ALIGN(total);
	ptr = need + META_SIZE <= (size_t)getpagesize() ? heap_alloc(need) : map_alloc(need);
	return memset(ptr, 0, total);
}

void os_free(void *ptr)
{
	block_meta_t *b;

	if (!ptr)
		return;
	b = (block_meta_t *)ptr - 1;
	if (b->status == STATUS_MAPPED) {
		unlink_block(b);
		DIE(munmap(b, META_SIZE + b->size) == -1, "munmap");
		return;
	}
	b->status = STATUS_FREE;
	coalesce(b);
	if (b->prev && b->prev->status == STATUS_FREE)
		coalesce(b->prev);
}

static void *relocate(block_meta_t *b, size_t size)
{
	void *fresh = os_malloc(size);

	memcpy(fresh, b + 1, b->size < size ? b->size : size);
	os_free(b + 1);
	return fresh;
}

/* Gives what is cut off to the FREE block behind, however little it is. */
static void shrink(block_meta_t *b, size_t need)
{
	size_t surplus = b->size - need;
	block_meta_t *next = b->next;
	size_t next_size;

	if (!surplus || !touches_free(b, next)) {
		split(b, need);
		return;
	}
	next_size = next->size;
	unlink_block(next);
	b->size = need;
	next = (block_meta_t *)end_of(b);
	next->size = next_size + surplus;
	next->status = STATUS_FREE;
	insert_sorted(next);
}

void *os_realloc(void *ptr, size_t size)
{
	block_meta_t *b;
	size_t need = ALIGN(size);

	if (!ptr)
		return os_malloc(size);
	b = (block_meta_t *)ptr - 1;
	if (!size) {
		os_free(ptr);
		return NULL;
	}
	if (b->status == STATUS_FREE || size > SIZE_MAX - META_SIZE - 7)
		return NULL;
	if (b->status == STATUS_MAPPED)
		return relocate(b, size);
	if (need <= b->size) {
		shrink(b, need);
		return ptr;
	}
	while (b->size < need && touches_free(b, b->next))
		swallow_next(b);
	if (b->size < need && (!is_last(b) || need > PTRDIFF_MAX))
		return relocate(b, size);
	if (b->size < need)
		grow_last(b, need);
	split(b, need);
	return ptr;
}
