/* allocheck: broken
 * cause: the preallocated block is said to be 128 KiB long, without its header, so the last free block ends past the break
 * clause: header + payload tile the heap from its start exactly to the break
 * expect: block-list
 * also: containment termination placement
 * worse: status, coalescing: the walk breaks at the first block, so these never come to be judged, and what is not judged earns nothing
 * trace: a 0 1
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum kind { K_FREE = 0, K_ALLOC = 1, K_MAPPED = 2 };

typedef struct meta_s {
	size_t size;
	int status;
	struct meta_s *prev, *next;
} meta_t;

#define META_LEN (sizeof(meta_t))
#define LARGE_FROM (1u << 17)

void *os_malloc(size_t size);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);
void os_free(void *ptr);

static meta_t *base;
static int heap_ready;

static size_t aligned(size_t size)
{
	return size % 8 ? size + 8 - size % 8 : size;
}

static meta_t *last_of(meta_t *m)
{
	while (m->next)
		m = m->next;
	return m;
}

static void swallow(meta_t *m)
{
	meta_t *gone = m->next;

	m->size += META_LEN + gone->size;
	m->next = gone->next;
	if (m->next)
		m->next->prev = m;
}

static size_t swallow_run(meta_t *m)
{
	while (m->next && m->next->status == K_FREE)
		swallow(m);
	return m->size;
}

static size_t size_with_run(const meta_t *m)
{
	size_t sum = m->size;

	for (m = m->next; m && m->status == K_FREE; m = m->next)
		sum += META_LEN + m->size;
	return sum;
}

static void *dress(meta_t *m, size_t need)
{
	m->status = K_ALLOC;
	if (m->size >= need + META_LEN + 8) {
		meta_t *rest = (meta_t *)((char *)(m + 1) + need);

		rest->size = m->size - need - META_LEN;
		rest->status = K_FREE;
		rest->prev = m;
		rest->next = m->next;
		if (rest->next)
			rest->next->prev = rest;
		m->next = rest;
		m->size = need;
	}
	return m + 1;
}

static meta_t *best_of(size_t need)
{
	meta_t *best = NULL;

	for (meta_t *m = base; m; m = m->next) {
		if (m->status != K_FREE)
			continue;
		if (swallow_run(m) >= need && (!best || m->size < best->size))
			best = m;
	}
	return best;
}

static meta_t *grow_heap(meta_t *last, size_t bytes)
{
	meta_t *m = sbrk(bytes);

	if (m == (void *)-1)
		return NULL;
	m->size = bytes - META_LEN;
	m->status = K_FREE;
	m->prev = last;
	m->next = NULL;
	if (last)
		last->next = m;
	return m;
}

static int grow_block(meta_t *last, size_t need)
{
	int done = sbrk(need - last->size) != (void *)-1;

	if (done)
		last->size = need;
	return done;
}

static void *heap_get(size_t need)
{
	meta_t *m, *last;

	if (!heap_ready) {
		base = grow_heap(NULL, LARGE_FROM);
		heap_ready = base != NULL;
		if (heap_ready)
			base->size = LARGE_FROM;
	}
	if (!heap_ready)
		return NULL;
	m = best_of(need);
	if (!m) {
		last = last_of(base);
		if (last->status == K_FREE)
			m = grow_block(last, need) ? last : NULL;
		else
			m = grow_heap(last, META_LEN + need);
	}
	return m ? dress(m, need) : NULL;
}

static void *map_get(size_t need)
{
	meta_t *m = mmap(NULL, META_LEN + need, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (m == MAP_FAILED)
		return NULL;
	m->size = need;
	m->status = K_MAPPED;
	m->prev = m->next = NULL;
	return m + 1;
}

void *os_malloc(size_t size)
{
	void *ptr = NULL;

	if (size > SIZE_MAX - META_LEN - 7)
		errno = ENOMEM;
	else if (size && aligned(size) + META_LEN < LARGE_FROM)
		ptr = heap_get(aligned(size));
	else if (size)
		ptr = map_get(aligned(size));
	return ptr;
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t limit = (size_t)sysconf(_SC_PAGESIZE) - META_LEN;
	void *ptr = NULL;

	if (nmemb == 0 || size == 0)
		return NULL;
	if (nmemb > (SIZE_MAX - META_LEN - 7) / size)
		errno = ENOMEM;
	else if (aligned(nmemb * size) > limit)
		ptr = map_get(aligned(nmemb * size));
	else
		ptr = heap_get(aligned(nmemb * size));
	if (ptr)
		memset(ptr, 0, nmemb * size);
	return ptr;
}

void os_free(void *ptr)
{
	meta_t *m = ptr ? (meta_t *)ptr - 1 : NULL;

	if (m && m->status == K_MAPPED)
		munmap(m, m->size + META_LEN);
	else if (m)
		m->status = K_FREE;
}

static void *carry(meta_t *from, void *to, size_t size)
{
	if (to) {
		memcpy(to, from + 1, from->size < size ? from->size : size);
		os_free(from + 1);
	}
	return to;
}

/* The break cannot grow: a large block may still be mapped, a small one may still find a hole. */
static void *elsewhere(meta_t *m, size_t size)
{
	meta_t *hole;

	if (aligned(size) + META_LEN >= LARGE_FROM)
		return carry(m, map_get(aligned(size)), size);
	hole = best_of(aligned(size));
	return hole ? carry(m, dress(hole, aligned(size)), size) : NULL;
}

static void *enlarge(meta_t *m, size_t size)
{
	size_t need = aligned(size);

	if (size_with_run(m) >= need) {
		swallow_run(m);
		return dress(m, need);
	}
	if (m->next || need > PTRDIFF_MAX)
		return carry(m, os_malloc(size), size);
	if (grow_block(m, need))
		return m + 1;
	return elsewhere(m, size);
}

void *os_realloc(void *ptr, size_t size)
{
	meta_t *m = ptr ? (meta_t *)ptr - 1 : NULL;
	void *result = NULL;

	if (!m)
		result = os_malloc(size);
	else if (size == 0)
		os_free(ptr);
	else if (size > SIZE_MAX - META_LEN - 7)
		errno = ENOMEM;
	else if (m->status == K_MAPPED)
		result = carry(m, os_malloc(size), size);
	else if (m->status == K_ALLOC && m->size >= aligned(size))
		result = dress(m, aligned(size));
	else if (m->status == K_ALLOC)
		result = enlarge(m, size);
	return result;
}
