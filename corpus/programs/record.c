/* Records the heap calls of a real program, to be replayed as a trace.
 *
 * build   gcc -O2 -shared -fPIC -fno-builtin -pthread -o record.so record.c
 * use     TRACE_OUT=sqlite3.trace TRACE_LIMIT=50000 LD_PRELOAD=$PWD/record.so sqlite3 :memory: < script.sql
 *
 * Writes the notation of this project to TRACE_OUT when the program ends, or when TRACE_LIMIT ops are
 * reached (default 50,000). A slot is the lowest free one, so slots are reused as memory is. One mutex
 * orders the calls of all threads. Nothing here allocates: tables are static or mapped, and output goes
 * through write(2). Only the process that was started is recorded: a child after fork is silent, and a
 * program started by exec does not inherit TRACE_OUT.
 *
 * What is written: malloc, calloc, realloc (also from NULL and to 0), free. What is not: blocks from
 * memalign and its kin with whatever is done to them later, blocks from before the recording, calls that
 * failed, free(NULL). A realloc of a block that is not recorded starts a new slot (`r SLOT SIZE` on an
 * empty slot is realloc(NULL, SIZE)). malloc(0) and realloc(p, 0) give some lawful pointer in C, and NULL
 * in our contract: they are left out, a realloc to 0 being written as the free that it is there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The C library's (glibc's) own functions, by name: dlsym would allocate before it could be answered. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

enum { SLOTS = 1 << 20, TABLE = 1 << 21, BUFFER = 1 << 16 };

/* Pointers to slots: open addressing, linear probing; a removed entry leaves a grave, so probing goes on. */
struct entry {
	uintptr_t pointer;
	int slot;
};

#define GRAVE ((uintptr_t)1)

static struct entry *table;
static uint64_t *free_slots;	/* one bit a slot, set while it is free */
static size_t lowest_word;	/* no free slot in any word before this one */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char buffer[BUFFER];
static size_t buffered;
static int out = -1;
static pid_t owner;
static long ops, limit = 50000;

/* ---- output ---- */

static void flush(void)
{
	size_t done = 0;

	while (done < buffered) {
		ssize_t wrote = write(out, buffer + done, buffered - done);

		if (wrote < 0 && errno != EINTR)
			break;
		if (wrote > 0)
			done += (size_t)wrote;
	}
	buffered = 0;
}

static void put_char(char c)
{
	if (buffered == BUFFER)
		flush();
	buffer[buffered++] = c;
}

static void put_number(size_t n)
{
	char digits[24];
	int count = 0;

	do {
		digits[count++] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	while (count)
		put_char(digits[--count]);
}

static void stop(void)
{
	flush();
	close(out);
	out = -1;
}

/* Writes one op; `count` is written for calloc only, `size` for all but free. */
static void put_op(char kind, int slot, size_t count, size_t size)
{
	put_char(kind);
	put_char(' ');
	put_number((size_t)slot);
	if (kind == 'c') {
		put_char(' ');
		put_number(count);
	}
	if (kind != 'f') {
		put_char(' ');
		put_number(size);
	}
	put_char('\n');
	if (++ops == limit)
		stop();
}

/* ---- slots ---- */

static int take_slot(void)
{
	while (lowest_word < SLOTS / 64 && free_slots[lowest_word] == 0)
		lowest_word++;
	if (lowest_word == SLOTS / 64)
		return -1;
	int bit = __builtin_ctzll(free_slots[lowest_word]);

	free_slots[lowest_word] &= free_slots[lowest_word] - 1;
	return (int)(lowest_word * 64) + bit;
}

static void give_slot(int slot)
{
	size_t word = (size_t)slot / 64;

	free_slots[word] |= 1ull << (slot % 64);
	if (word < lowest_word)
		lowest_word = word;
}

static size_t hash(uintptr_t pointer)
{
	return (pointer >> 4) * 0x9E3779B97F4A7C15ull >> 43;
}

static struct entry *find(void *pointer)
{
	size_t at = hash((uintptr_t)pointer);

	for (; table[at].pointer; at = (at + 1) % TABLE)
		if (table[at].pointer == (uintptr_t)pointer)
			return &table[at];
	return NULL;
}

static void add(void *pointer, int slot)
{
	size_t at = hash((uintptr_t)pointer);

	while (table[at].pointer > GRAVE)
		at = (at + 1) % TABLE;
	table[at] = (struct entry){ (uintptr_t)pointer, slot };
}

/* Forgets a pointer; its slot, or -1 where it was never recorded. */
static int forget(void *pointer)
{
	struct entry *entry = pointer ? find(pointer) : NULL;

	if (!entry)
		return -1;
	entry->pointer = GRAVE;
	return entry->slot;
}

/* ---- what the program did ---- */

static int recording(void)
{
	return out >= 0 && getpid() == owner;
}

static void on_new(char kind, void *pointer, size_t count, size_t size)
{
	int slot;

	pthread_mutex_lock(&lock);
	if (recording() && pointer && count && size && (slot = take_slot()) >= 0) {
		add(pointer, slot);
		put_op(kind, slot, count, size);
	}
	pthread_mutex_unlock(&lock);
}

/* Called before the block goes back to the C library: another thread may be given it at once. */
static void on_free(void *pointer)
{
	pthread_mutex_lock(&lock);
	if (recording()) {
		int slot = forget(pointer);

		if (slot >= 0) {
			give_slot(slot);
			put_op('f', slot, 0, 0);
		}
	}
	pthread_mutex_unlock(&lock);
}

/* The real realloc, under the lock: the old address is free for others as soon as it returns. */
static void *on_realloc(void *pointer, size_t size)
{
	void *result;

	pthread_mutex_lock(&lock);
	result = __libc_realloc(pointer, size);
	if (recording() && result) {
		int slot = forget(pointer);

		if (slot < 0)
			slot = take_slot();
		if (slot >= 0) {
			add(result, slot);
			put_op('r', slot, 0, size);
		}
	}
	pthread_mutex_unlock(&lock);
	return result;
}

/* ---- the functions that take the place of the C library's ---- */

void *malloc(size_t size)
{
	void *result = __libc_malloc(size);

	on_new('a', result, 1, size);
	return result;
}

void *calloc(size_t count, size_t size)
{
	void *result = __libc_calloc(count, size);

	on_new('c', result, count, size);
	return result;
}

void *realloc(void *pointer, size_t size)
{
	if (pointer && size == 0) {
		free(pointer);
		return NULL;
	}
	if (size == 0)
		return malloc(0);
	return on_realloc(pointer, size);
}

void free(void *pointer)
{
	if (pointer)
		on_free(pointer);
	__libc_free(pointer);
}

/* ---- beginning and end ---- */

static void *map(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("TRACE_OUT"), *wanted = getenv("TRACE_LIMIT");
	int file;

	if (!path)
		return;
	table = map(TABLE * sizeof(*table));
	free_slots = map(SLOTS / 8);
	if (!table || !free_slots)
		return;
	memset(free_slots, 0xff, SLOTS / 8);
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (wanted)
		limit = atol(wanted);
	owner = getpid();
	unsetenv("TRACE_OUT");
	pthread_atfork(before_fork, after_fork, after_fork);
	out = file;
}

__attribute__((destructor)) static void end(void)
{
	pthread_mutex_lock(&lock);
	if (recording())
		stop();
	pthread_mutex_unlock(&lock);
}
