/* allocheck: hostile
 * tries: to stand in for the functions of the C library that the driver calls
 * must: fail, not build, or not start
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

pid_t fork(void) { return 4711; }
int sigaction(int number, const struct sigaction *action, struct sigaction *before)
{
	(void)number, (void)action, (void)before;
	return 0;
}
int prctl(int what, ...) { (void)what; return 0; }
int setrlimit(int what, const void *limit) { (void)what, (void)limit; return 0; }
int personality(unsigned long what) { (void)what; return 0; }

void *os_malloc(size_t size) { (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
