/* allocheck: sound
 * differs: its state is thread-local, where no snapshot of the program's data finds it; C89 with the
 *   definitions of K&R, a constructor that prints, a large static table, a main left in; brk alone, asked
 *   with sbrk(0); coalescing at free and before each search; a mapped block always moves
 */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <stddef.h>
#include <unistd.h>
#include <sys/mman.h>

enum { STATUS_FREE, STATUS_ALLOC, STATUS_MAPPED };
struct block_meta {
	size_t size;
	int status;
	struct block_meta *prev;
	struct block_meta *next;
};

static __thread struct block_meta *first, *tail;
static __thread int npre;
static char table[1 << 20];
__attribute__((constructor)) static void hello(void) { printf("constructor: break %p\n", sbrk(0)); table[5] = 1; }
#define HS sizeof(struct block_meta)
static void *malloc_block(n) size_t n;
{
	void *p = sbrk(0);
	if (brk((char *)p + n)) return NULL;
	return p;
}
static void eat(b) struct block_meta *b;
{
	struct block_meta *n = b->next;
	b->size += HS + n->size;
	b->next = n->next;
	if (n->next) n->next->prev = b;
	if (tail == n) tail = b;
}
static void free_runs(void)
{
	struct block_meta *b = first;
	while (b && b->next) {
		if (b->status == STATUS_FREE && b->next->status == STATUS_FREE) eat(b);
		else b = b->next;
	}
}
static void chop(b, n) struct block_meta *b; size_t n;
{
	struct block_meta *r;
	if (b->size - n < HS + 8) return;
	r = (struct block_meta *)((char *)(b + 1) + n);
	r->size = b->size - n - HS;
	r->status = STATUS_FREE;
	r->prev = b; r->next = b->next;
	if (r->next) r->next->prev = r; else tail = r;
	b->next = r; b->size = n;
}
static struct block_meta *add(n) size_t n;
{
	struct block_meta *b = malloc_block(HS + n);
	if (!b) return NULL;
	b->size = n; b->next = NULL; b->prev = tail; b->status = STATUS_FREE;
	if (tail) tail->next = b; else first = b;
	tail = b;
	return b;
}
void *os_malloc(size_t size)
{
	struct block_meta *b, *best = NULL;
	size_t n = (size + 7) / 8 * 8;
	if (size == 0) return NULL;
	if (size > (size_t)1 << 60) { errno = ENOMEM; return NULL; }
	if (size >= 131072) {
		b = mmap(0, HS + n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (b == MAP_FAILED) return NULL;
		b->size = n; b->status = STATUS_MAPPED; b->prev = b->next = NULL;
		return b + 1;
	}
	if (!npre) {
		if (!add((size_t)131072 - HS)) return NULL;
		npre = 1;
	}
	free_runs();
	for (b = first; b; b = b->next)
		if (b->status == STATUS_FREE && b->size >= n && (!best || best->size > b->size)) best = b;
	if (!best) {
		if (tail->status == STATUS_FREE) {
			if (!malloc_block(n - tail->size)) return NULL;
			tail->size = n; best = tail;
		} else if (!(best = add(n))) return NULL;
	}
	chop(best, n);
	best->status = STATUS_ALLOC;
	return best + 1;
}
void *os_calloc(size_t nmemb, size_t size)
{
	char *p; size_t total = nmemb * size, n = (total + 7) & ~7ul;
	if (!nmemb || !size || total / size != nmemb) return NULL;
	if (n + HS > (size_t)getpagesize() && total < 131072) {
		struct block_meta *b = mmap(0, HS + n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (b == MAP_FAILED) return NULL;
		b->size = n; b->status = STATUS_MAPPED;
		return b + 1;
	}
	if ((p = os_malloc(total))) { size_t i; for (i = 0; i < n; i++) p[i] = 0; }
	return p;
}
void os_free(void *p)
{
	struct block_meta *b = p;
	if (!b) return;
	if ((--b)->status == STATUS_MAPPED) { munmap(b, b->size + HS); return; }
	b->status = STATUS_FREE;
	if (b->next && b->next->status == STATUS_FREE) eat(b);
	if (b->prev && b->prev->status == STATUS_FREE) eat(b->prev);
}
void *os_realloc(void *p, size_t size)
{
	struct block_meta *b; void *q; size_t n = (size + 7) & ~(size_t)7;
	if (!p) return os_malloc(size);
	if (!size) { os_free(p); return 0; }
	b = (struct block_meta *)p - 1;
	if (b->status == STATUS_FREE) return NULL;
	if (size > (size_t)1 << 60) return NULL;
	if (b->status == STATUS_ALLOC) {
		if (n > b->size) {
			while (b->next && b->next->status == STATUS_FREE && b->size < n) eat(b);
			if (b->size < n && b == tail) {
				if (!malloc_block(n - b->size)) return NULL;
				b->size = n;
			}
		}
		if (n <= b->size) {
			chop(b, n);
			/* rest joins its free neighbour */
			if (b->next && b->next->status == STATUS_FREE && b->next->next && b->next->next->status == STATUS_FREE) eat(b->next);
			return p;
		}
	}
	if (!(q = os_malloc(size))) return NULL;
	memmove(q, p, b->size < size ? b->size : size);
	os_free(p);
	return q;
}
int main(void) { char *p = os_malloc(3); printf("%p\n", (void *)p); os_free(p); return 0; }
