/* allocheck: hostile
 * tries: a fork bomb of sessions of their own, which sleep
 * must: fail, and nothing is left
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <unistd.h>

#ifndef BOMB
#define BOMB 200 /* how much of it, so that little harm is done where nothing holds it back */
#endif

static void multiply(void)
{
	for (int i = 0; i < BOMB; i++) {
		if (fork() != 0)
			continue;
		setsid();
		sleep(60);
		_exit(0);
	}
}

void *os_malloc(size_t size) { multiply(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
