/* allocheck: hostile
 * tries: to send the parent what is no record, as fast as it can
 * must: not start, or be cut off
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <unistd.h>

__attribute__((constructor)) static void flood(void)
{
	static char bytes[1 << 16];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 31 + 7);
	for (int i = 0; i < 1000; i++)
		(void)!write(4, bytes, sizeof(bytes));
}

void *os_malloc(size_t size) { (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
