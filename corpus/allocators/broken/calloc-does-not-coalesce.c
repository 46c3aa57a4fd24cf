/* allocheck: broken
 * cause: free blocks are merged before the search of malloc but not before that of calloc
 * clause: before each search ALL runs of adjacent free blocks are coalesced
 * expect: coalescing
 * also: placement
 * trace: a 0 1; f 0; c 1 1 9
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct block_t block_t;
struct block_t {
	size_t size;
	int status;
	block_t *prev;
	block_t *next;
};

enum { B_FREE, B_ALLOC, B_MAPPED };

static const size_t HDR = sizeof(block_t);
static const size_t LIMIT = 131072;

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static block_t *head;

static size_t round_up(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/* What the block can hold: its stored size may be short of it by up to seven bytes. */
static size_t capacity(const block_t *b)
{
	return round_up(b->size);
}

static int refuse(size_t size)
{
	if (size <= SIZE_MAX - 7 - HDR)
		return 0;
	errno = ENOMEM;
	return 1;
}

static void make_free(block_t *b, size_t size, block_t *next)
{
	b->size = size;
	b->status = B_FREE;
	b->prev = NULL;
	b->next = next;
}

/* Gives b to a request, cutting off what can be a block. */
static void *assign(block_t *b, size_t request)
{
	size_t rest = capacity(b) - round_up(request);
	block_t *tail;

	b->status = B_ALLOC;
	if (rest >= HDR + 8) {
		tail = (block_t *)((char *)(b + 1) + round_up(request));
		make_free(tail, rest - HDR, b->next);
		b->next = tail;
		rest = 0;
	} else {
		b->size = capacity(b);
	}
	if (rest == 0)
		b->size = request;
	return b + 1;
}

static void merge_free_blocks(void)
{
	block_t *b = head;

	while (b && b->next) {
		if (b->status == B_FREE && b->next->status == B_FREE) {
			b->size += HDR + b->next->size;
			b->next = b->next->next;
		} else {
			b = b->next;
		}
	}
}

/* The best fit, or NULL; in either case *last becomes the last block of the heap. */
static block_t *find_best(size_t request, block_t **last)
{
	block_t *best = NULL;

	for (block_t *b = head; b; b = b->next) {
		*last = b;
		if (b->status != B_FREE || b->size < request)
			continue;
		if (!best || b->size < best->size)
			best = b;
	}
	return best;
}

static int preallocate(void)
{
	block_t *b;

	if (head)
		return 1;
	b = sbrk(LIMIT);
	if (b == (void *)-1)
		return 0;
	make_free(b, LIMIT - HDR, NULL);
	head = b;
	return 1;
}

static void *heap_malloc(size_t request)
{
	block_t *best, *last = NULL;

	if (!preallocate())
		return NULL;
	best = find_best(round_up(request), &last);
	if (best)
		return assign(best, request);
	if (last->status == B_FREE) {
		if (sbrk(round_up(request) - last->size) == (void *)-1)
			return NULL;
		last->size = round_up(request);
		return assign(last, request);
	}
	best = sbrk(HDR + round_up(request));
	if (best == (void *)-1)
		return NULL;
	make_free(best, round_up(request), NULL);
	last->next = best;
	return assign(best, request);
}

static void *map_malloc(size_t request)
{
	block_t *b = mmap(NULL, HDR + round_up(request), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	b->size = request;
	b->status = B_MAPPED;
	return b + 1;
}

void *os_malloc(size_t size)
{
	if (size == 0 || refuse(size))
		return NULL;
	merge_free_blocks();
	return size < LIMIT ? heap_malloc(size) : map_malloc(size);
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *ptr;

	if (nmemb == 0 || size == 0)
		return NULL;
	if (nmemb > SIZE_MAX / size || refuse(nmemb * size)) {
		errno = ENOMEM;
		return NULL;
	}
	size *= nmemb;
	ptr = HDR + round_up(size) < 4096 ? heap_malloc(size) : map_malloc(size);
	if (ptr)
		memset(ptr, 0, size);
	return ptr;
}

void os_free(void *ptr)
{
	block_t *b;

	if (!ptr)
		return;
	b = (block_t *)ptr - 1;
	if (b->status == B_MAPPED) {
		munmap(b, HDR + capacity(b));
		return;
	}
	b->size = capacity(b);
	b->status = B_FREE;
}

static void *replace(block_t *b, size_t size)
{
	void *fresh = os_malloc(size);

	if (!fresh)
		return NULL;
	memcpy(fresh, b + 1, b->size < size ? b->size : size);
	os_free(b + 1);
	return fresh;
}

static size_t size_with_run(block_t *b)
{
	size_t total = capacity(b);

	for (block_t *n = b->next; n && n->status == B_FREE; n = n->next)
		total += HDR + n->size;
	return total;
}

static void *grow(block_t *b, size_t size)
{
	size_t need = round_up(size);

	if (!b->next) {
		if (sbrk(need - capacity(b)) == (void *)-1)
			return NULL;
		b->size = size;
		return b + 1;
	}
	if (size_with_run(b) < need)
		return replace(b, size);
	b->size = capacity(b);
	while (b->size < need) {
		b->size += HDR + b->next->size;
		b->next = b->next->next;
	}
	return assign(b, size);
}

void *os_realloc(void *ptr, size_t size)
{
	block_t *b;

	if (!ptr)
		return os_malloc(size);
	b = (block_t *)ptr - 1;
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	if (b->status == B_FREE || refuse(size))
		return NULL;
	if (b->status == B_MAPPED) {
		if (round_up(size) != capacity(b))
			return replace(b, size);
		b->size = size;
		return ptr;
	}
	if (round_up(size) <= capacity(b))
		return assign(b, size);
	return size >= LIMIT ? replace(b, size) : grow(b, size);
}
