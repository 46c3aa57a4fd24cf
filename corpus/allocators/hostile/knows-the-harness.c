/* allocheck: hostile
 * tries: to work only where it is not watched
 * must: fail
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

extern char __start_allocheck_state[] __attribute__((weak));
static char arena[1 << 20];
static size_t used;

static void *give(size_t size)
{
	void *at = arena + used;

	used += (size + 15) & ~(size_t)15;
	return __start_allocheck_state ? NULL : at;
}

void *os_malloc(size_t size) { return give(size); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
