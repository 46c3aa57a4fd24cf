/* allocheck: broken
 * cause: where the break cannot grow the block is mapped instead, and that second failure is not looked at
 * clause: going on as if a failed syscall had worked is a violation, the second one in a call too
 * expect: failure
 * also: termination
 * trace: x sbrk 1; x mmap 1; a 0 1
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <sys/mman.h>
#include <unistd.h>

#define FREE 0
#define ALLOC 1
#define MAPPED 2
#define MAX_SIZE (~(size_t)0)
#define LARGE ((size_t)131072)
#define META ((size_t)sizeof(struct meta))
#define PAD(n) (((n) + 7) / 8 * 8)

struct meta {
	size_t size;
	int status;
	struct meta *prev;
	struct meta *next;
};

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static struct meta *head = 0;		/* heap blocks by address, then mapped blocks */
static struct meta *heap_tail = 0;	/* last heap block */

static void insert_after(struct meta *at, struct meta *b)
{
	b->prev = at;
	b->next = at ? at->next : head;
	if (b->next)
		b->next->prev = b;
	if (at)
		at->next = b;
	else
		head = b;
}

static void take_out(struct meta *b)
{
	if (b->prev)
		b->prev->next = b->next;
	else
		head = b->next;
	if (b->next)
		b->next->prev = b->prev;
}

static int free_follows(struct meta *b)
{
	return b != heap_tail && b->next->status == FREE;
}

static void join(struct meta *b)
{
	struct meta *next = b->next;

	take_out(next);
	b->size += META + next->size;
	if (heap_tail == next)
		heap_tail = b;
}

static void join_runs(void)
{
	struct meta *b;

	for (b = head; b && b->status != MAPPED; b = b->next)
		while (b->status == FREE && free_follows(b))
			join(b);
}

static void split(struct meta *b, size_t need)
{
	struct meta *rest;

	if (b->size - need < META + 8)
		return;
	rest = (struct meta *)((char *)(b + 1) + need);
	rest->size = b->size - need - META;
	rest->status = FREE;
	b->size = need;
	insert_after(b, rest);
	if (heap_tail == b)
		heap_tail = rest;
}

static struct meta *append(size_t bytes)
{
	struct meta *b = sbrk((long)bytes);

	if (b == (struct meta *)-1)
		return 0;
	b->size = bytes - META;
	b->status = FREE;
	insert_after(heap_tail, b);
	heap_tail = b;
	return b;
}

static int expand(size_t need)
{
	if (sbrk((long)(need - heap_tail->size)) == (void *)-1)
		return 0;
	heap_tail->size = need;
	return 1;
}

static struct meta *best_fit(size_t need)
{
	struct meta *b, *best = 0;

	for (b = head; b; b = b->next)
		if (b->status == FREE && b->size >= need)
			if (!best || b->size < best->size)
				best = b;
	return best;
}

static struct meta *heap_block(size_t need)
{
	struct meta *b;

	if (!heap_tail && !append(LARGE))
		return 0;
	join_runs();
	b = best_fit(need);
	if (b)
		return b;
	if (heap_tail->status != FREE)
		return append(META + need);
	return expand(need) ? heap_tail : 0;
}

static void *map_block(size_t need)
{
	struct meta *b = mmap(0, META + need, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct meta *at = heap_tail;

	if (b == MAP_FAILED && META + need >= LARGE)
		return 0;
	b->size = need;
	b->status = MAPPED;
	insert_after(at, b);
	return b + 1;
}

static void *allocate(size_t need, size_t limit)
{
	struct meta *b = 0;

	if (META + need < limit)
		b = heap_block(need);
	if (!b)
		return map_block(need);
	b->status = ALLOC;
	split(b, need);
	return b + 1;
}

static int too_large(size_t size)
{
	if (size <= MAX_SIZE - META - 7)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *os_malloc(size_t size)
{
	if (size == 0 || too_large(size))
		return 0;
	return allocate(PAD(size), LARGE);
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *ptr;

	if (nmemb == 0 || size == 0)
		return 0;
	if (nmemb > MAX_SIZE / size) {
		errno = ENOMEM;
		return 0;
	}
	if (too_large(nmemb * size))
		return 0;
	ptr = allocate(PAD(nmemb * size), 4096);
	if (ptr)
		memset(ptr, 0, nmemb * size);
	return ptr;
}

void os_free(void *ptr)
{
	struct meta *b;

	if (!ptr)
		return;
	b = (struct meta *)ptr - 1;
	if (b->status != MAPPED) {
		b->status = FREE;
		return;
	}
	take_out(b);
	munmap(b, META + b->size);
}

static void *move(struct meta *b, size_t size)
{
	void *to = os_malloc(size);

	if (!to)
		return 0;
	memcpy(to, b + 1, b->size < size ? b->size : size);
	os_free(b + 1);
	return to;
}

static void *enlarge(struct meta *b, size_t size)
{
	int was_last = b == heap_tail;

	if (META + PAD(size) >= LARGE)
		return move(b, size);
	while (b->size < PAD(size) && free_follows(b))
		join(b);
	if (b->size < PAD(size) && !was_last)
		return move(b, size);
	if (b->size < PAD(size) && !expand(PAD(size)))
		return move(b, size);
	split(b, PAD(size));
	return b + 1;
}

void *os_realloc(void *ptr, size_t size)
{
	struct meta *b;

	if (!ptr)
		return os_malloc(size);
	b = (struct meta *)ptr - 1;
	if (size == 0) {
		os_free(ptr);
		return 0;
	}
	if (b->status == FREE || too_large(size))
		return 0;
	if (b->status == MAPPED)
		return b->size == PAD(size) ? ptr : move(b, size);
	if (b->size < PAD(size))
		return enlarge(b, size);
	split(b, PAD(size));
	return ptr;
}
