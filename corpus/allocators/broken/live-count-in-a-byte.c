/* allocheck: broken
 * cause: live blocks are counted in a byte, so with 257 of them one free makes it zero, and the whole heap is made one free block
 * clause: ALLOC blocks are the live heap slots; a free marks one block
 * expect: status
 * also: block-list disjointness contents
 * trace: a 0 1; a 1 1; a 2 1; a 3 1; a 4 1; a 5 1; a 6 1; a 7 1; a 8 1; a 9 1; a 10 1; a 11 1; a 12 1; a 13 1; a 14 1; a 15 1; a 16 1; a 17 1; a 18 1; a 19 1; a 20 1; a 21 1; a 22 1; a 23 1; a 24 1; a 25 1; a 26 1; a 27 1; a 28 1; a 29 1; a 30 1; a 31 1; a 32 1; a 33 1; a 34 1; a 35 1; a 36 1; a 37 1; a 38 1; a 39 1; a 40 1; a 41 1; a 42 1; a 43 1; a 44 1; a 45 1; a 46 1; a 47 1; a 48 1; a 49 1; a 50 1; a 51 1; a 52 1; a 53 1; a 54 1; a 55 1; a 56 1; a 57 1; a 58 1; a 59 1; a 60 1; a 61 1; a 62 1; a 63 1; a 64 1; a 65 1; a 66 1; a 67 1; a 68 1; a 69 1; a 70 1; a 71 1; a 72 1; a 73 1; a 74 1; a 75 1; a 76 1; a 77 1; a 78 1; a 79 1; a 80 1; a 81 1; a 82 1; a 83 1; a 84 1; a 85 1; a 86 1; a 87 1; a 88 1; a 89 1; a 90 1; a 91 1; a 92 1; a 93 1; a 94 1; a 95 1; a 96 1; a 97 1; a 98 1; a 99 1; a 100 1; a 101 1; a 102 1; a 103 1; a 104 1; a 105 1; a 106 1; a 107 1; a 108 1; a 109 1; a 110 1; a 111 1; a 112 1; a 113 1; a 114 1; a 115 1; a 116 1; a 117 1; a 118 1; a 119 1; a 120 1; a 121 1; a 122 1; a 123 1; a 124 1; a 125 1; a 126 1; a 127 1; a 128 1; a 129 1; a 130 1; a 131 1; a 132 1; a 133 1; a 134 1; a 135 1; a 136 1; a 137 1; a 138 1; a 139 1; a 140 1; a 141 1; a 142 1; a 143 1; a 144 1; a 145 1; a 146 1; a 147 1; a 148 1; a 149 1; a 150 1; a 151 1; a 152 1; a 153 1; a 154 1; a 155 1; a 156 1; a 157 1; a 158 1; a 159 1; a 160 1; a 161 1; a 162 1; a 163 1; a 164 1; a 165 1; a 166 1; a 167 1; a 168 1; a 169 1; a 170 1; a 171 1; a 172 1; a 173 1; a 174 1; a 175 1; a 176 1; a 177 1; a 178 1; a 179 1; a 180 1; a 181 1; a 182 1; a 183 1; a 184 1; a 185 1; a 186 1; a 187 1; a 188 1; a 189 1; a 190 1; a 191 1; a 192 1; a 193 1; a 194 1; a 195 1; a 196 1; a 197 1; a 198 1; a 199 1; a 200 1; a 201 1; a 202 1; a 203 1; a 204 1; a 205 1; a 206 1; a 207 1; a 208 1; a 209 1; a 210 1; a 211 1; a 212 1; a 213 1; a 214 1; a 215 1; a 216 1; a 217 1; a 218 1; a 219 1; a 220 1; a 221 1; a 222 1; a 223 1; a 224 1; a 225 1; a 226 1; a 227 1; a 228 1; a 229 1; a 230 1; a 231 1; a 232 1; a 233 1; a 234 1; a 235 1; a 236 1; a 237 1; a 238 1; a 239 1; a 240 1; a 241 1; a 242 1; a 243 1; a 244 1; a 245 1; a 246 1; a 247 1; a 248 1; a 249 1; a 250 1; a 251 1; a 252 1; a 253 1; a 254 1; a 255 1; a 256 1; f 0
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct header {
	size_t size;
	int status;
	void *unused[2];
} header;

enum { FREE = 0, ALLOC = 1, MAPPED = 2 };
enum { HEADER = sizeof(header), LARGE = 128 << 10, PAGE = 4096, SMALLEST = HEADER + 8 };

void *os_malloc(size_t n);
void *os_calloc(size_t m, size_t n);
void *os_realloc(void *p, size_t n);
void os_free(void *p);

static header *first;
static unsigned char live;

static header *limit(void)
{
	return sbrk(0);
}

static header *after(const header *h)
{
	return (header *)((char *)h + HEADER + h->size);
}

static size_t align(size_t n)
{
	return (n + 7) / 8 * 8;
}

static bool too_big(size_t n)
{
	if (n <= SIZE_MAX - HEADER - 7)
		return false;
	errno = ENOMEM;
	return true;
}

/* Bytes that h would have with all the free blocks behind it; h itself counts in any state. */
static size_t reach(const header *h, const header *end)
{
	size_t size = h->size;
	const header *next = after(h);

	while (next < end && next->status == FREE) {
		size += HEADER + next->size;
		next = after(next);
	}
	return size;
}

static void coalesce(void)
{
	header *end = limit();

	for (header *h = first; h < end; h = after(h))
		if (h->status == FREE)
			h->size = reach(h, end);
}

static void split(header *h, size_t need)
{
	size_t rest = h->size - need;

	if (rest < SMALLEST)
		return;
	h->size = need;
	after(h)->size = rest - HEADER;
	after(h)->status = FREE;
}

static header *extend(size_t bytes)
{
	header *old = limit();

	return brk((char *)old + bytes) == 0 ? old : NULL;
}

static bool prepare(void)
{
	header *h;

	if (first)
		return true;
	h = extend(LARGE);
	if (!h)
		return false;
	h->size = LARGE - HEADER;
	h->status = FREE;
	first = h;
	return true;
}

/* The smallest free block that fits; in *last, the block that ends at the break. */
static header *choose(size_t need, header **last)
{
	header *best = NULL, *end = limit();

	for (header *h = first; h < end; h = after(h)) {
		if (h->status == FREE && h->size >= need && (!best || h->size <= best->size))
			best = h;
		*last = h;
	}
	return best;
}

static void *heap_take(size_t need)
{
	header *last = first, *h;

	if (!prepare())
		return NULL;
	coalesce();
	h = choose(need, &last);
	if (!h && last->status == FREE) {
		if (!extend(need - last->size))
			return NULL;
		h = last;
		h->size = need;
	} else if (!h) {
		h = extend(HEADER + need);
		if (!h)
			return NULL;
		h->size = need;
	}
	h->status = ALLOC;
	live++;
	split(h, need);
	return h + 1;
}

static void *map_take(size_t need)
{
	header *h = mmap(0, need + HEADER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (h == MAP_FAILED)
		return NULL;
	h->size = need;
	h->status = MAPPED;
	return h + 1;
}

void *os_malloc(size_t n)
{
	if (n == 0 || too_big(n))
		return NULL;
	return align(n) + HEADER < LARGE ? heap_take(align(n)) : map_take(align(n));
}

void *os_calloc(size_t m, size_t n)
{
	size_t bytes = m * n;
	void *p;

	if (m == 0 || n == 0)
		return NULL;
	if (bytes / m != n || too_big(bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	p = align(bytes) + HEADER > PAGE ? map_take(align(bytes)) : heap_take(align(bytes));
	if (p)
		memset(p, 0, bytes);
	return p;
}

void os_free(void *p)
{
	header *h;

	if (!p)
		return;
	h = (header *)p - 1;
	if (h->status == MAPPED)
		munmap(h, h->size + HEADER);
	else {
		h->status = FREE;
		/* Nobody has anything any more: start over with one block. */
		if (--live == 0) {
			first->size = (char *)limit() - (char *)(first + 1);
			first->status = FREE;
		}
	}
}

static void *move(header *h, size_t n)
{
	void *to = os_malloc(n);

	if (to) {
		memcpy(to, h + 1, h->size < n ? h->size : n);
		os_free(h + 1);
	}
	return to;
}

static void *stretch(header *h, size_t n)
{
	header *end = limit();

	if (after(h) == end) {
		if (!extend(align(n) - h->size))
			return NULL;
		h->size = align(n);
		return h + 1;
	}
	if (reach(h, end) < align(n))
		return move(h, n);
	h->size = reach(h, end);
	split(h, align(n));
	return h + 1;
}

void *os_realloc(void *p, size_t n)
{
	header *h;

	if (!p)
		return os_malloc(n);
	h = (header *)p - 1;
	if (n == 0) {
		os_free(p);
		return NULL;
	}
	if (h->status == FREE || too_big(n))
		return NULL;
	if (h->status == MAPPED)
		return h->size == align(n) ? p : move(h, n);
	if (align(n) + HEADER >= LARGE)
		return move(h, n);
	if (h->size < align(n))
		return stretch(h, n);
	split(h, align(n));
	return p;
}
