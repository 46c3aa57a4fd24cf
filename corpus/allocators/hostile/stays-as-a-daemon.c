/* allocheck: hostile
 * tries: to stay behind as a daemon that heeds no signal, and to write there
 * must: fail, and nothing is left
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#ifndef CANARY
#define CANARY "/nonexistent" /* a folder that nothing may be written to */
#endif

__attribute__((constructor)) static void stay(void)
{
	if (fork() != 0)
		return;
	setsid();
	for (int number = 1; number < 32; number++)
		signal(number, SIG_IGN);
	if (fork() != 0)
		_exit(0);
	for (int i = 0; i < 60; i++) {
		int file = open(CANARY "/daemon", O_CREAT | O_WRONLY, 0600);

		if (file >= 0)
			close(file);
		sleep(1);
	}
	_exit(0);
}

void *os_malloc(size_t size) { stay(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
