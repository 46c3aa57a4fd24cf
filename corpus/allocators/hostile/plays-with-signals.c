/* allocheck: hostile
 * tries: to block and send signals, and to stop itself and its parent
 * must: fail
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static void play(void)
{
	struct itimerval often = {{0, 100}, {0, 100}};
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (int number = 1; number < 32; number++)
		signal(number, SIG_IGN);
	setitimer(ITIMER_REAL, &often, NULL);
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(62L), "D"((long)getppid()), "S"((long)SIGSTOP) : "rcx", "r11", "memory");
	raise(SIGSTOP);
}

void *os_malloc(size_t size) { play(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
