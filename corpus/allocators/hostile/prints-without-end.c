/* allocheck: hostile
 * tries: endless output
 * must: fail
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void babble(void)
{
	static char page[1 << 16];

	memset(page, 'x', sizeof(page));
	for (;;) {
		(void)!write(1, page, sizeof(page));
		(void)!write(2, page, sizeof(page));
	}
}

void *os_malloc(size_t size) { babble(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
