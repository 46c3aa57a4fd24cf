/* allocheck: broken
 * cause: the search starts from a best size of 128 KiB, so larger free blocks are never given again
 * clause: best fit: the smallest free block with size >= need; the break does not grow while one fits
 * expect: placement
 * also: syscalls
 * trace: a 0 131032; a 1 1; f 0; f 1; a 2 1
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct s_block {
	size_t		size;
	int		status;
	struct s_block	*next;
	struct s_block	*prev;
}	t_block;

#define FREE	0
#define ALLOC	1
#define MAPPED	2
#define THRESHOLD	131072
#define HEAD	sizeof(t_block)

void	*os_malloc(size_t size);
void	*os_calloc(size_t nmemb, size_t size);
void	*os_realloc(void *ptr, size_t size);
void	os_free(void *ptr);

static t_block	*g_blocks;
static char	*g_brk;

static char	*end_of(t_block *b)
{
	return ((char *)b + HEAD + b->size);
}

static void	push(t_block *b, size_t size, int status)
{
	b->size = size;
	b->status = status;
	b->next = g_blocks;
	b->prev = NULL;
	g_blocks = b;
}

static void	drop(t_block *b)
{
	t_block	**at;

	at = &g_blocks;
	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
}

/* The FREE heap block that begins where b ends. Mapped blocks are never FREE. */
static t_block	*free_behind(t_block *b)
{
	if (end_of(b) >= g_brk || ((t_block *)end_of(b))->status != FREE)
		return (NULL);
	return ((t_block *)end_of(b));
}

static void	swallow(t_block *b, t_block *next)
{
	drop(next);
	b->size += HEAD + next->size;
}

/* Swallowing drops only blocks behind b, so the list is gone through again after each. */
static void	coalesce(void)
{
	t_block	*b;
	t_block	*next;

	b = g_blocks;
	while (b)
	{
		next = NULL;
		if (b->status == FREE)
			next = free_behind(b);
		if (next)
		{
			swallow(b, next);
			b = g_blocks;
		}
		else
			b = b->next;
	}
}

static void	split(t_block *b, size_t need)
{
	size_t	rest;

	rest = b->size - need;
	if (rest < HEAD + 8)
		return ;
	b->size = need;
	push((t_block *)end_of(b), rest - HEAD, FREE);
}

static char	*more(size_t bytes)
{
	char	*old;

	old = sbrk((intptr_t)bytes);
	if (old == (char *)-1)
		return (NULL);
	g_brk = old + bytes;
	return (old);
}

static t_block	*more_block(size_t bytes)
{
	t_block	*b;

	b = (t_block *)more(bytes);
	if (b)
		push(b, bytes - HEAD, FREE);
	return (b);
}

static t_block	*pick(size_t need)
{
	t_block	*best;
	t_block	*last;
	size_t	best_size;

	best_size = THRESHOLD;
	best = NULL;
	last = NULL;
	for (t_block *b = g_blocks; b; b = b->next)
	{
		if (b->status != FREE)
			continue ;
		if (b->size >= need && b->size < best_size)
		{
			best = b;
			best_size = b->size;
		}
		if (end_of(b) == g_brk && b->size < need)
			last = b;
	}
	if (best)
		return (best);
	if (!last)
		return (more_block(HEAD + need));
	if (!more(need - last->size))
		return (NULL);
	last->size = need;
	return (last);
}

static void	*alloc_heap(size_t need)
{
	t_block	*b;

	if (!g_brk && !more_block(HEAD + need > THRESHOLD ? HEAD + need : THRESHOLD))
		return (NULL);
	coalesce();
	b = pick(need);
	if (!b)
		return (NULL);
	b->status = ALLOC;
	split(b, need);
	return (b + 1);
}

static void	*alloc_map(size_t need)
{
	t_block	*b;

	b = mmap(NULL, HEAD + need, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b == MAP_FAILED)
		return (NULL);
	push(b, need, MAPPED);
	return (b + 1);
}

static int	wraps(size_t size)
{
	if (size <= SIZE_MAX - HEAD - 7)
		return (0);
	errno = ENOMEM;
	return (1);
}

static size_t	align(size_t size)
{
	return ((size + 7) & ~(size_t)7);
}

void	*os_malloc(size_t size)
{
	if (!size || wraps(size))
		return (NULL);
	if (size < THRESHOLD)
		return (alloc_heap(align(size)));
	return (alloc_map(align(size)));
}

void	*os_calloc(size_t nmemb, size_t size)
{
	size_t	total;
	void	*ptr;

	if (!nmemb || !size)
		return (NULL);
	total = nmemb * size;
	if (total / size != nmemb || wraps(total))
	{
		errno = ENOMEM;
		return (NULL);
	}
	if (HEAD + align(total) < (size_t)getpagesize())
		ptr = alloc_heap(align(total));
	else
		ptr = alloc_map(align(total));
	if (ptr)
		memset(ptr, 0, total);
	return (ptr);
}

void	os_free(void *ptr)
{
	t_block	*b;

	if (!ptr)
		return ;
	b = (t_block *)ptr - 1;
	if (b->status == MAPPED)
	{
		drop(b);
		munmap(b, HEAD + b->size);
	}
	else
		b->status = FREE;
}

static void	*move(t_block *b, size_t size)
{
	void	*to;

	to = os_malloc(size);
	if (!to)
		return (NULL);
	memcpy(to, b + 1, size < b->size ? size : b->size);
	os_free(b + 1);
	return (to);
}

static void	*grow(t_block *b, size_t size)
{
	int	was_last;

	was_last = end_of(b) == g_brk;
	while (b->size < align(size) && free_behind(b))
		swallow(b, free_behind(b));
	if (b->size >= align(size))
	{
		split(b, align(size));
		return (b + 1);
	}
	if (!was_last)
		return (move(b, size));
	if (!more(align(size) - b->size))
		return (NULL);
	b->size = align(size);
	return (b + 1);
}

void	*os_realloc(void *ptr, size_t size)
{
	t_block	*b;

	if (!ptr)
		return (os_malloc(size));
	if (!size)
	{
		os_free(ptr);
		return (NULL);
	}
	b = (t_block *)ptr - 1;
	if (b->status == FREE || wraps(size))
		return (NULL);
	if (b->status == MAPPED && b->size != align(size))
		return (move(b, size));
	if (b->status == MAPPED)
		return (ptr);
	if (b->size >= align(size))
	{
		split(b, align(size));
		return (ptr);
	}
	if (size >= THRESHOLD)
		return (move(b, size));
	return (grow(b, size));
}
