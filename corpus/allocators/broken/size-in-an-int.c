/* allocheck: broken
 * cause: the aligned size is kept in 32 bits, so a request of 4 GiB and one byte is given eight
 * clause: one mmap of exactly block bytes; never a short block
 * expect: termination
 * also: syscalls containment placement overflow
 * trace: a 0 0x100000001
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct node {
	size_t size;
	int status;
	struct node *left;
	struct node *right;
} Node;

_Static_assert(sizeof(Node) == 32, "the header of the contract");

#define FREE 0
#define ALLOC 1
#define MAPPED 2
#define HEADER ((size_t)32)
#define THRESHOLD ((size_t)0x20000)

void *os_malloc(size_t size);
void *os_calloc(size_t count, size_t size);
void *os_realloc(void *payload, size_t size);
void os_free(void *payload);

static Node *root;
static uintptr_t heap_start, heap_end;

static inline uintptr_t end_of(const Node *n)
{
	return (uintptr_t)n + HEADER + n->size;
}

static bool precedes(const Node *a, const Node *b)
{
	return a->size != b->size ? a->size < b->size : a < b;
}

/* ---- the tree of FREE blocks ---- */

static void tree_insert(Node *n)
{
	Node **at = &root;

	while (*at)
		at = precedes(n, *at) ? &(*at)->left : &(*at)->right;
	n->status = FREE;
	n->left = n->right = NULL;
	*at = n;
}

static void tree_remove(Node *n)
{
	Node **at = &root, **heir;

	while (*at != n)
		at = precedes(n, *at) ? &(*at)->left : &(*at)->right;
	if (!n->left || !n->right) {
		*at = n->left ? n->left : n->right;
		return;
	}
	for (heir = &n->right; (*heir)->left; heir = &(*heir)->left)
		;
	Node *h = *heir;
	*heir = h->right;
	h->left = n->left;
	h->right = n->right;
	*at = h;
}

/* The leftmost node that is large enough: smallest, and lowest among equals. */
static Node *tree_best(size_t need)
{
	Node *best = NULL;

	for (Node *n = root; n;) {
		if (n->size >= need)
			best = n, n = n->left;
		else
			n = n->right;
	}
	return best;
}

/* ---- the heap ---- */

static Node *free_after(const Node *n)
{
	Node *next = (Node *)end_of(n);

	return end_of(n) < heap_end && next->status == FREE ? next : NULL;
}

/* n must not be in the tree. */
static void absorb_run(Node *n)
{
	for (Node *next; (next = free_after(n));) {
		tree_remove(next);
		n->size += HEADER + next->size;
	}
}

static Node *coalesce(void)
{
	Node *last = NULL;

	for (uintptr_t at = heap_start; at < heap_end; at = end_of(last)) {
		last = (Node *)at;
		if (last->status != FREE || !free_after(last))
			continue;
		tree_remove(last);
		absorb_run(last);
		tree_insert(last);
	}
	return last;
}

static void *hand_out(Node *n, size_t need)
{
	size_t rest = n->size - need;

	n->status = ALLOC;
	if (rest >= HEADER + 8) {
		n->size = need;
		Node *cut = (Node *)end_of(n);
		cut->size = rest - HEADER;
		tree_insert(cut);
	}
	return n + 1;
}

static bool grow(size_t bytes)
{
	void *old = sbrk((intptr_t)bytes);

	if (old == (void *)-1)
		return false;
	if (!heap_start)
		heap_start = (uintptr_t)old;
	heap_end = (uintptr_t)old + bytes;
	return true;
}

static void *first_block(size_t need)
{
	size_t bytes = HEADER + need > THRESHOLD ? HEADER + need : THRESHOLD;

	if (!grow(bytes))
		return NULL;
	Node *n = (Node *)heap_start;
	n->size = bytes - HEADER;
	return hand_out(n, need);
}

static void *heap_alloc(size_t need)
{
	if (!heap_start)
		return first_block(need);

	Node *last = coalesce();
	Node *n = tree_best(need);

	if (n) {
		tree_remove(n);
		return hand_out(n, need);
	}
	if (last->status == FREE) {
		if (!grow(need - last->size))
			return NULL;
		tree_remove(last);
		n = last;
	} else {
		if (!grow(HEADER + need))
			return NULL;
		n = (Node *)end_of(last);
	}
	n->size = need;
	return hand_out(n, need);
}

static void *map_alloc(size_t need)
{
	Node *n = mmap(NULL, HEADER + need, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (n == MAP_FAILED)
		return NULL;
	*n = (Node){ .size = need, .status = MAPPED };
	return n + 1;
}

static bool fits_size_t(size_t size)
{
	if (size > SIZE_MAX - HEADER - 7)
		errno = ENOMEM;
	return size <= SIZE_MAX - HEADER - 7;
}

static unsigned int align8(unsigned int size)
{
	return (size + 7u) & ~7u;
}

/* ---- the four functions ---- */

void *os_malloc(size_t size)
{
	if (!size || !fits_size_t(size))
		return NULL;
	return size < THRESHOLD ? heap_alloc(align8(size)) : map_alloc(align8(size));
}

void *os_calloc(size_t count, size_t size)
{
	if (!count || !size)
		return NULL;
	if (count > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}

	size_t bytes = count * size;

	if (!fits_size_t(bytes))
		return NULL;
	if (HEADER + align8(bytes) > 4096)
		return map_alloc(align8(bytes));

	void *payload = heap_alloc(align8(bytes));

	return payload ? memset(payload, 0, bytes) : NULL;
}

void os_free(void *payload)
{
	if (!payload)
		return;

	Node *n = (Node *)payload - 1;

	if (n->status == MAPPED) {
		munmap(n, HEADER + n->size);
		return;
	}
	absorb_run(n);
	tree_insert(n);
}

static void *move(Node *n, size_t size)
{
	void *to = os_malloc(size);

	if (!to)
		return NULL;
	memcpy(to, n + 1, size < n->size ? size : n->size);
	os_free(n + 1);
	return to;
}

void *os_realloc(void *payload, size_t size)
{
	if (!payload)
		return os_malloc(size);
	if (!size) {
		os_free(payload);
		return NULL;
	}

	Node *n = (Node *)payload - 1;

	if (n->status == FREE || !fits_size_t(size))
		return NULL;

	size_t need = align8(size);

	if (n->status == MAPPED || size >= THRESHOLD)
		return move(n, size);
	if (n->size >= need)
		return hand_out(n, need);
	if (end_of(n) == heap_end) {
		if (!grow(need - n->size))
			return NULL;
		n->size = need;
		return payload;
	}
	absorb_run(n);
	return n->size >= need ? hand_out(n, need) : move(n, size);
}
