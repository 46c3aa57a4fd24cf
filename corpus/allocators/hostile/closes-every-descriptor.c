/* allocheck: hostile
 * tries: to cut off the driver from its parent
 * must: fail, or not start
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <unistd.h>

__attribute__((constructor)) static void cut(void)
{
	for (int fd = 0; fd < 256; fd++)
		close(fd);
}

void *os_malloc(size_t size) { cut(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
