/* allocheck: broken
 * cause: the header is packed into 28 bytes, so payloads are aligned to four bytes only
 * clause: header and payload are both 8-aligned; the header is 32 bytes
 * expect: alignment
 * also: block-list
 * worse: containment, disjointness, zeroing, realloc-prefix, status, coalescing, placement: the first payload is misaligned, which ends every trace, so these never come to be judged, and what is not judged earns nothing
 * trace: a 0 1
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct link {
	struct link *prev;
	struct link *next;
};

struct block {
	size_t size;
	int status;
	struct link link;
} __attribute__((packed));

#define FREE 0
#define ALLOC 1
#define MAPPED 2
#define KB128 (128UL << 10)
#define META sizeof(struct block)
#define RING(name) struct link name = { &name, &name }
#define block_of(l) ((struct block *)((char *)(l) - offsetof(struct block, link)))
#define for_each_up(l, ring) for (struct link *l = (ring)->next; l != (ring); l = l->next)
#define for_each_down(l, ring) for (struct link *l = (ring)->prev; l != (ring); l = l->prev)

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static RING(heap);
static RING(mappings);

static inline size_t up8(size_t n)
{
	return (n + 7) & ~7UL;
}

static inline int wraps(size_t n)
{
	return n > SIZE_MAX - META - 7;
}

static void insert_before(struct link *at, struct link *l)
{
	l->next = at;
	l->prev = at->prev;
	at->prev->next = l;
	at->prev = l;
}

static void detach(struct link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
}

static void *grow_break(size_t bytes)
{
	void *old = sbrk(bytes);

	if (old != (void *)-1)
		return old;
	fputs("osmem: the break cannot be moved\n", stderr);
	exit(ENOMEM);
}

static int free_next(struct block *b)
{
	return b->link.next != &heap && block_of(b->link.next)->status == FREE;
}

static void merge_next(struct block *b)
{
	struct block *next = block_of(b->link.next);

	detach(&next->link);
	b->size += META + next->size;
}

static void coalesce_all(void)
{
	for_each_up(l, &heap)
		while (block_of(l)->status == FREE && free_next(block_of(l)))
			merge_next(block_of(l));
}

static void split(struct block *b, size_t need)
{
	struct block *rest;

	if (b->size < need + META + 8)
		return;
	rest = (void *)((char *)(b + 1) + need);
	rest->size = b->size - need - META;
	rest->status = FREE;
	insert_before(b->link.next, &rest->link);
	b->size = need;
}

static struct block *add_last(size_t bytes)
{
	struct block *b = grow_break(bytes);

	b->size = bytes - META;
	insert_before(&heap, &b->link);
	return b;
}

static struct block *best(size_t need)
{
	struct block *found = NULL;

	for_each_down(l, &heap) {
		struct block *b = block_of(l);

		if (b->status == FREE && b->size >= need && (!found || b->size < found->size))
			found = b;
	}
	return found;
}

static struct block *last(void)
{
	return block_of(heap.prev);
}

static void *in_heap(size_t need)
{
	struct block *b;

	if (heap.next == &heap)
		add_last(KB128)->status = FREE;
	coalesce_all();
	b = best(need);
	if (!b && last()->status == FREE) {
		b = last();
		grow_break(need - b->size);
		b->size = need;
	} else if (!b) {
		b = add_last(META + need);
	}
	b->status = ALLOC;
	split(b, need);
	return b + 1;
}

static void *in_mapping(size_t need)
{
	struct block *b = mmap(NULL, META + need, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED) {
		fprintf(stderr, "osmem: %zu bytes cannot be mapped\n", need);
		exit(ENOMEM);
	}
	b->size = need;
	b->status = MAPPED;
	insert_before(&mappings, &b->link);
	return b + 1;
}

void *os_malloc(size_t size)
{
	if (size == 0 || wraps(size))
		return NULL;
	return META + up8(size) >= KB128 ? in_mapping(up8(size)) : in_heap(up8(size));
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t total = nmemb * size;
	void *ptr;

	if (total == 0 && (nmemb == 0 || size == 0))
		return NULL;
	if (total / nmemb != size || wraps(total))
		return NULL;
	if (META + up8(total) < 4096)
		ptr = in_heap(up8(total));
	else
		ptr = in_mapping(up8(total));
	memset(ptr, 0, total);
	return ptr;
}

static void free_in_heap(struct block *b)
{
	b->status = FREE;
	if (free_next(b))
		merge_next(b);
	if (b->link.prev != &heap && block_of(b->link.prev)->status == FREE)
		merge_next(block_of(b->link.prev));
}

void os_free(void *ptr)
{
	struct block *b;

	if (!ptr)
		return;
	b = (struct block *)ptr - 1;
	if (b->status != MAPPED) {
		free_in_heap(b);
		return;
	}
	detach(&b->link);
	munmap(b, META + b->size);
}

static void *move(struct block *b, size_t size)
{
	char *to = os_malloc(size);
	const char *from = (char *)(b + 1);
	size_t kept = b->size < size ? b->size : size;

	for (size_t i = 0; i < kept; i++)
		to[i] = from[i];
	os_free(b + 1);
	return to;
}

static void *enlarge(struct block *b, size_t size)
{
	if (b->link.next == &heap) {
		grow_break(up8(size) - b->size);
		b->size = up8(size);
		return b + 1;
	}
	while (b->size < up8(size) && free_next(b))
		merge_next(b);
	if (b->size < up8(size))
		return move(b, size);
	split(b, up8(size));
	return b + 1;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block *b;

	if (ptr == NULL)
		return os_malloc(size);
	b = (struct block *)ptr - 1;
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	if (wraps(size) || b->status == FREE)
		return NULL;
	if (b->status == MAPPED || META + up8(size) >= KB128)
		return move(b, size);
	if (b->size < up8(size))
		return enlarge(b, size);
	split(b, up8(size));
	return ptr;
}
