/* allocheck: broken
 * cause: free blocks are remembered in a table of 64, and one that finds no room in it is never given again
 * clause: best fit: the smallest free block with size >= need, however many there are
 * expect: placement
 * also: syscalls coalescing
 * trace: a 0 41; a 1 41; a 2 41; a 3 41; a 4 41; a 5 41; a 6 41; a 7 41; a 8 41; a 9 41; a 10 41; a 11 41; a 12 41; a 13 41; a 14 41; a 15 41; a 16 41; a 17 41; a 18 41; a 19 41; a 20 41; a 21 41; a 22 41; a 23 41; a 24 41; a 25 41; a 26 41; a 27 41; a 28 41; a 29 41; a 30 41; a 31 41; a 32 41; a 33 41; a 34 41; a 35 41; a 36 41; a 37 41; a 38 41; a 39 41; a 40 41; a 41 41; a 42 41; a 43 41; a 44 41; a 45 41; a 46 41; a 47 41; a 48 41; a 49 41; a 50 41; a 51 41; a 52 41; a 53 41; a 54 41; a 55 41; a 56 41; a 57 41; a 58 41; a 59 41; a 60 41; a 61 41; a 62 41; a 63 49; a 64 1; r 0 1; r 1 1; r 2 1; r 3 1; r 4 1; r 5 1; r 6 1; r 7 1; r 8 1; r 9 1; r 10 1; r 11 1; r 12 1; r 13 1; r 14 1; r 15 1; r 16 1; r 17 1; r 18 1; r 19 1; r 20 1; r 21 1; r 22 1; r 23 1; r 24 1; r 25 1; r 26 1; r 27 1; r 28 1; r 29 1; r 30 1; r 31 1; r 32 1; r 33 1; r 34 1; r 35 1; r 36 1; r 37 1; r 38 1; r 39 1; r 40 1; r 41 1; r 42 1; r 43 1; r 44 1; r 45 1; r 46 1; r 47 1; r 48 1; r 49 1; r 50 1; r 51 1; r 52 1; r 53 1; r 54 1; r 55 1; r 56 1; r 57 1; r 58 1; r 59 1; r 60 1; r 61 1; r 62 1; r 63 1; a 65 9
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
