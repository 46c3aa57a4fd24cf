/* allocheck: sound
 * differs: best fit over a list of free blocks that is in no order, newest first; every call is logged to
 *   stdout, more than any pipe holds; the break moves by syscall(SYS_brk); helpers and data that are not
 *   static bear names that a driver might use; errx when a syscall fails; realloc coalesces the whole heap
 *   first, and again after a move
 */
#define _GNU_SOURCE
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STATUS_FREE, STATUS_ALLOC, STATUS_MAPPED };
struct block_meta {
	size_t size;
	int status;
	struct block_meta *prev, *next;
};
typedef struct block_meta meta;
#define M sizeof(meta)
int slots[64], broken = 3, blocks, table[100000], input, report, shared, config, os, fresh, holes;
meta *free_list; char *heap_base, *heap_top; bool preallocated;
long page;
int protect(int x) { return x + 1; }
int answer(int x) { return x + 2; }
int log_call(int x) { return x; }
int visit(int x) { return x; }
int run(int x) { return x; }
int limit(int x) { return x; }
int hash(int x) { return x; }
int give_up(int x) { return x; }
int zero_bytes(int x) { return x; }
static void *malloc_(size_t n);
static void push(meta *b) { b->status = STATUS_FREE; b->prev = NULL; b->next = free_list; if (free_list) free_list->prev = b; free_list = b; }
static void drop(meta *b) { if (b->prev) b->prev->next = b->next; else free_list = b->next; if (b->next) b->next->prev = b->prev; b->prev = b->next = NULL; }
static meta *right(meta *b) { char *e = (char *)b + M + b->size; return e < heap_top ? (meta *)e : NULL; }
static void merge_right(meta *b, size_t until) {
	for (meta *r; b->size < until && (r = right(b)) && r->status == STATUS_FREE;) { drop(r); b->size += M + r->size; }
}
static void tidy(void) {
	if (!heap_base) return;
	for (meta *b = (meta *)heap_base; b; b = right(b)) if (b->status == STATUS_FREE) merge_right(b, -1);
}
static void trim(meta *b, size_t n) {
	if (b->size < n + M + 8) return;
	meta *r = (meta *)((char *)b + M + n);
	r->size = b->size - n - M; b->size = n;
	push(r);
}
static bool raise_top(size_t n) {
	char *was = (char *)syscall(SYS_brk, 0);
	if ((char *)syscall(SYS_brk, was + n) != was + n) { errno = ENOMEM; return false; }
	heap_top = was + n;
	if (!heap_base) heap_base = was;
	return true;
}
static meta *last_block(void) { meta *b = (meta *)heap_base; while (right(b)) b = right(b); return b; }
static void *die(const char *s) {
	errx(EXIT_FAILURE, "%s", s);
}
static void *big(size_t n) {
	meta *b = mmap(NULL, n + M, PROT_WRITE | PROT_READ, MAP_ANON | MAP_PRIVATE, -1, 0);
	if (b == MAP_FAILED) return die("mmap");
	b->status = STATUS_MAPPED; b->size = n;
	return b + 1;
}
static void *small(size_t n) {
	if (!preallocated) {
		if (!raise_top(128 << 10)) return die("brk");
		preallocated = true;
		meta *b = (meta *)heap_base; b->size = (128 << 10) - M; push(b);
	}
	tidy();
	meta *best = NULL;
	for (meta *b = free_list; b; b = b->next) if (b->size >= n && (!best || b->size < best->size)) best = b;
	if (!best) {
		meta *l = last_block();
		if (l->status == STATUS_FREE) { if (!raise_top(n - l->size)) return die("brk"); l->size = n; best = l; }
		else { best = (meta *)heap_top; if (!raise_top(n + M)) return die("brk"); best->size = n; best->status = STATUS_ALLOC; return best + 1; }
	}
	drop(best); best->status = STATUS_ALLOC; trim(best, n);
	return best + 1;
}
static void *malloc_(size_t n) {
	n = (n + 7) & -8ul;
	return n + M < 128 << 10 ? small(n) : big(n);
}
void *os_malloc(size_t n) {
	printf("os_malloc(%zu) from a long line of debugging output, as students leave it in\n", n);
	if (!n || n > (size_t)-1 / 2) return NULL;
	return malloc_(n);
}
void *os_calloc(size_t m, size_t n) {
	size_t t;
	if (!page) page = sysconf(_SC_PAGESIZE);
	printf("os_calloc(%zu, %zu)\n", m, n);
	if (__builtin_mul_overflow(m, n, &t) || !t || t > (size_t)-1 / 2) return NULL;
	t = (t + 7) & -8ul;
	void *p = t + M < (size_t)page ? small(t) : big(t);
	return p ? memset(p, 0, t) : p;
}
void os_free(void *p) {
	printf("os_free(%p)\n", p);
	if (!p) return;
	meta *b = (meta *)p - 1;
	assert(b->status != STATUS_FREE);
	if (b->status == STATUS_MAPPED) { int r = munmap(b, b->size + M); assert(r == 0); (void)r; return; }
	push(b);
}
void *os_realloc(void *p, size_t n) {
	printf("os_realloc(%p, %zu)\n", p, n); fflush(stdout);
	if (!p) return os_malloc(n);
	if (!n) return os_free(p), NULL;
	meta *b = (meta *)p - 1;
	if (b->status == STATUS_FREE) return NULL;
	if (n > (size_t)-1 / 2) return NULL;
	size_t need = (n + 7) & -8ul;
	if (b->status == STATUS_ALLOC) {
		tidy();
		size_t old = b->size;
		bool was_last = !right(b);
		if (need + M < 128 << 10 || need <= old) merge_right(b, need);
		if (b->size < need && need + M < 128 << 10 && was_last) { if (!raise_top(need - b->size)) return die("brk"); b->size = need; }
		if (b->size >= need) { trim(b, need); return p; }
	}
	if (b->size == need) return p;
	char *q = malloc_(need);
	if (!q) return NULL;
	memmove(q, p, b->size < n ? b->size : n);
	bool heap = b->status == STATUS_ALLOC;
	os_free(p);
	if (heap) tidy();
	return q;
}
