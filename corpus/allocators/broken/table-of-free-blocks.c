/* allocheck: broken
 * cause: free blocks are remembered in a table of 64, and one that finds no room in it is never given again
 * clause: best fit: the smallest free block with size >= need, however many there are
 * expect: placement syscalls coalescing
 * trace: DEEP
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HOLES 64
#define THRESHOLD 131072UL
#define HEAD sizeof(Block)

typedef struct Block {
	size_t size;
	int status;	/* 0 free, 1 in use, 2 mapped */
	struct Block *prev, *next;
} Block;

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static Block *holes[HOLES];
static int count;
static char *top;

static Block *behind(Block *b)
{
	return (Block *)((char *)(b + 1) + b->size);
}

static void forget(int i)
{
	holes[i] = holes[--count];
}

static int index_of(Block *b)
{
	for (int i = 0; i < count; i++)
		if (holes[i] == b)
			return i;
	return -1;
}

/* Joins the block behind b to it, if that is a hole. */
static int join(Block *b)
{
	int i = (char *)behind(b) < top ? index_of(behind(b)) : -1;

	if (i < 0)
		return 0;
	b->size += HEAD + holes[i]->size;
	forget(i);
	return 1;
}

static int before(Block *b)
{
	for (int i = 0; i < count; i++)
		if (behind(holes[i]) == b)
			return i;
	return -1;
}

static void remember(Block *b)
{
	int i;

	b->status = 0;
	join(b);
	i = before(b);
	if (i >= 0)
		holes[i]->size += HEAD + b->size;
	else if (count < HOLES)
		holes[count++] = b;
}

static Block *grow(size_t bytes)
{
	void *old = sbrk(bytes);

	if (old == (void *)-1) {
		perror("sbrk");
		exit(1);
	}
	top = (char *)old + bytes;
	return old;
}

static void *fill(Block *b, size_t need)
{
	size_t rest = b->size - need;

	b->status = 1;
	if (rest >= HEAD + 8) {
		b->size = need;
		behind(b)->size = rest - HEAD;
		remember(behind(b));
	}
	return b + 1;
}

static void *from_heap(size_t need)
{
	int best = -1, last = -1;
	Block *b;

	if (!top) {
		b = grow(THRESHOLD);
		b->size = THRESHOLD - HEAD;
		remember(b);
	}
	for (int i = 0; i < count; i++) {
		if (holes[i]->size >= need && (best < 0 || holes[i]->size < holes[best]->size))
			best = i;
		if ((char *)behind(holes[i]) == top)
			last = i;
	}
	if (best < 0 && last >= 0) {
		best = last;
		grow(need - holes[best]->size);
		holes[best]->size = need;
	}
	if (best < 0) {
		b = grow(HEAD + need);
		b->size = need;
	} else {
		b = holes[best];
		forget(best);
	}
	return fill(b, need);
}

static void *from_mmap(size_t need)
{
	Block *b = mmap(NULL, HEAD + need, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	b->size = need;
	b->status = 2;
	return b + 1;
}

static void *get(size_t size, size_t threshold)
{
	size_t need = (size + 7) & ~7UL;

	if (size == 0 || size > SIZE_MAX - 7 - HEAD)
		return NULL;
	return need + HEAD < threshold ? from_heap(need) : from_mmap(need);
}

void *os_malloc(size_t size)
{
	return get(size, THRESHOLD);
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *ptr;

	if (size && nmemb > SIZE_MAX / size)
		return NULL;
	ptr = get(nmemb * size, 4096);
	if (ptr)
		memset(ptr, 0, nmemb * size);
	return ptr;
}

void os_free(void *ptr)
{
	Block *b;

	if (!ptr)
		return;
	b = (Block *)ptr - 1;
	if (b->status == 2)
		munmap(b, HEAD + b->size);
	else if (b->status == 1)
		remember(b);
}

static void *move(Block *b, size_t size)
{
	void *to = os_malloc(size);

	memcpy(to, b + 1, b->size < size ? b->size : size);
	os_free(b + 1);
	return to;
}

void *os_realloc(void *ptr, size_t size)
{
	size_t need = (size + 7) & ~7UL;
	Block *b;

	if (!ptr)
		return os_malloc(size);
	if (!size) {
		os_free(ptr);
		return NULL;
	}
	b = (Block *)ptr - 1;
	if (b->status == 0 || size > SIZE_MAX - 7 - HEAD)
		return NULL;
	if (b->status == 2 && b->size == need)
		return ptr;
	if (b->status == 2 || need + HEAD >= THRESHOLD)
		return move(b, size);
	if (b->size < need && (char *)behind(b) == top) {
		grow(need - b->size);
		b->size = need;
	}
	if (b->size < need)
		join(b);
	return b->size < need ? move(b, size) : fill(b, need);
}
