/* allocheck: hostile
 * tries: to answer the parent in the driver's place: every trace is over, and nothing happened
 * must: be found out by the witness
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

typedef struct { uint32_t head, index; } record;

static int take(void *to, size_t length)
{
	for (char *at = to; length > 0;) {
		ssize_t got = read(3, at, length);

		if (got <= 0)
			return 0;
		at += got;
		length -= (size_t)got;
	}
	return 1;
}

static void say(uint32_t words, uint32_t kind, uint32_t index, uint64_t rest)
{
	struct { record head; uint64_t rest; } out = {{words | kind << 24, index}, rest};

	(void)!write(4, &out, words * 8);
}

static uint64_t words[1 << 20];

/* In the server, before main: the runner is never started. */
__attribute__((constructor)) static void serve(void)
{
	uint64_t length;

	if (!take(&length, 8) || length > 1000 || !take(words, length * 8))
		return;
	say(2, 1, 0, 0x42b0000000000000); /* HELLO, and where the heap starts, as a double */
	while (take(&length, 8)) {
		if (length > sizeof(words) / 8 || !take(words + 1, (length - 1) * 8))
			break;
		uint64_t *trace = words + 6;

		for (uint32_t i = 0; i < words[1]; i++, trace += trace[0]) {
			say(1, 4, i, 0); /* END */
		}
	}
	_exit(0);
}

void *os_malloc(size_t size) { (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
