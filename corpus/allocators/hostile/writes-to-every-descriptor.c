/* allocheck: hostile
 * tries: to write to whatever is open, in the server and in the runner
 * must: fail
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <unistd.h>

__attribute__((constructor)) static void babble(void)
{
	static const char text[] = "PASSED PASSED PASSED PASSED 100/100\n";

	for (int fd = 0; fd < 256; fd++)
		(void)!write(fd, text, sizeof(text) - 1);
}

void *os_malloc(size_t size) { babble(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
