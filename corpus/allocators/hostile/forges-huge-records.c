/* allocheck: hostile
 * tries: to announce records that never end, so that the parent keeps all of them
 * must: not start, or be cut off
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

__attribute__((constructor)) static void promise(void)
{
	static uint32_t record[1 << 14];

	record[0] = 0xffffff | 2u << 24;
	for (int i = 0; i < 4096; i++)
		(void)!write(4, record, sizeof(record));
}

void *os_malloc(size_t size) { (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
