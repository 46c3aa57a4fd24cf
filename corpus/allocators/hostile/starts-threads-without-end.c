/* allocheck: hostile
 * tries: a thread bomb
 * must: fail
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#ifndef BOMB
#define BOMB 200 /* how much of it, so that little harm is done where nothing holds it back */
#endif

static void *idle(void *none) { sleep(60); return none; }
static void multiply(void)
{
	for (int i = 0; i < BOMB; i++) {
		pthread_t thread;

		pthread_create(&thread, NULL, idle, NULL);
	}
}

void *os_malloc(size_t size) { multiply(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
