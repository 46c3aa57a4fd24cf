/* allocheck: broken
 * cause: mmap is asked for the payload only, so the last 32 bytes of the payload lie outside of the mapping
 * clause: one mmap of exactly block bytes: header and payload
 * expect: syscalls
 * also: containment termination placement
 * worse: placement: a realloc to the same size finds the mapping large enough, though it is a header short
 * trace: a 0 131072
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define min(a, b) ({ __auto_type _a = (a); typeof(_a) _b = (b); _a < _b ? _a : _b; })
#define likely(x) __builtin_expect(!!(x), 1)
#define hidden __attribute__((unused)) static

struct mem {
	unsigned long size;
	int status;
	struct mem *prev, *next;
	char payload[];
} __attribute__((aligned(8)));

enum { MEM_FREE, MEM_ALLOC, MEM_MAPPED };
enum { MEM_HEADER = sizeof(struct mem), MEM_LARGE = 1 << 17, MEM_PAGE = 1 << 12 };

void *os_malloc(size_t) __attribute__((malloc));
void *os_calloc(size_t, size_t) __attribute__((malloc));
void *os_realloc(void *, size_t);
void os_free(void *);

static struct {
	struct mem *first, *last;
	unsigned long blocks;
} heap;

hidden struct mem *mem_of(void *payload)
{
	return (struct mem *)((char *)payload - MEM_HEADER);
}

static void *nomem(void)
{
	errno = ENOMEM;
	return NULL;
}

/* The aligned size, or 0: for nothing, and for what wraps. */
static unsigned long need_of(size_t size)
{
	unsigned long total;

	if (__builtin_add_overflow(size, 7ul + MEM_HEADER, &total))
		return nomem(), 0;
	return (size + 7) & ~7ul;
}

static struct mem *put_last(struct mem *m, unsigned long size)
{
	*m = (struct mem){ .size = size, .status = MEM_FREE, .prev = heap.last };
	*(heap.last ? &heap.last->next : &heap.first) = m;
	heap.last = m;
	heap.blocks++;
	return m;
}

static void join_next(struct mem *m)
{
	struct mem *gone = m->next;

	m->size += MEM_HEADER + gone->size;
	m->next = gone->next;
	*(m->next ? &m->next->prev : &heap.last) = m;
	heap.blocks--;
}

static int can_join(struct mem *m)
{
	return m->next && m->next->status == MEM_FREE;
}

static void carve(struct mem *m, unsigned long need)
{
	unsigned long surplus = m->size - need;
	struct mem *rest = (struct mem *)(m->payload + need);

	if (surplus < MEM_HEADER + 8)
		return;
	*rest = (struct mem){ .size = surplus - MEM_HEADER, .prev = m, .next = m->next };
	*(m->next ? &m->next->prev : &heap.last) = rest;
	m->next = rest;
	m->size = need;
	heap.blocks++;
}

static void join_all(void)
{
	for (struct mem *m = heap.last; m; m = m->prev)
		if (m->status == MEM_FREE && can_join(m))
			join_next(m);
}

static int stretch_last(unsigned long need)
{
	if (sbrk(need - heap.last->size) == (void *)-1)
		return 0;
	heap.last->size = need;
	return 1;
}

static struct mem *append(unsigned long bytes)
{
	void *at = sbrk(bytes);

	return at == (void *)-1 ? NULL : put_last(at, bytes - MEM_HEADER);
}

static struct mem *fit(unsigned long need)
{
	struct mem *best = NULL;

	for (struct mem *m = heap.last; m; m = m->prev)
		if (m->status == MEM_FREE && m->size >= need && (!best || m->size < best->size))
			best = m;
	return best;
}

static void *heap_get(unsigned long need)
{
	struct mem *m;

	if (!heap.blocks && !append(MEM_LARGE))
		return NULL;
	join_all();
	m = fit(need) ?: heap.last->status == MEM_FREE ? heap.last : append(MEM_HEADER + need);
	if (!m || (m->size < need && !stretch_last(need)))
		return NULL;
	m->status = MEM_ALLOC;
	carve(m, need);
	return m->payload;
}

static void *map_get(unsigned long need)
{
	struct mem *m = mmap(NULL, need, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (m == MAP_FAILED)
		return NULL;
	m->size = need;
	m->status = MEM_MAPPED;
	return m->payload;
}

void *os_malloc(size_t size)
{
	unsigned long need = need_of(size);

	if (!need)
		return NULL;
	return need < MEM_LARGE - MEM_HEADER ? heap_get(need) : map_get(need);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t total;
	unsigned long need;
	void *p;

	if (__builtin_mul_overflow(nmemb, size, &total))
		return nomem();
	need = need_of(total);
	if (!need)
		return NULL;
	if (need > MEM_PAGE - MEM_HEADER)
		return map_get(need);
	p = heap_get(need);
	return likely(p) ? memset(p, 0, total) : p;
}

void os_free(void *p)
{
	if (!p)
		return;
	if (mem_of(p)->status == MEM_MAPPED)
		munmap(mem_of(p), mem_of(p)->size + MEM_HEADER);
	else
		mem_of(p)->status = MEM_FREE;
}

static void *transfer(struct mem *m, size_t size)
{
	void *p = os_malloc(size);

	if (!p)
		return NULL;
	memcpy(p, m->payload, min(m->size, (unsigned long)size));
	os_free(m->payload);
	return p;
}

void *os_realloc(void *p, size_t size)
{
	unsigned long need = need_of(size);
	struct mem *m;

	if (!p)
		return os_malloc(size);
	if (!size)
		return os_free(p), NULL;
	m = mem_of(p);
	if (!need || m->status == MEM_FREE)
		return NULL;
	if (m->status == MEM_MAPPED)
		return m->size == need ? p : transfer(m, size);
	if (need >= MEM_LARGE - MEM_HEADER)
		return transfer(m, size);
	if (m->size < need)
		while (can_join(m))
			join_next(m);
	if (m->size < need) {
		if (m != heap.last)
			return transfer(m, size);
		if (!stretch_last(need))
			return NULL;
	}
	carve(m, need);
	return p;
}
