/* allocheck: hostile
 * tries: to kill its parents and another process, by system calls of its own
 * must: fail; the other process lives
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef VICTIM
#define VICTIM 0 /* a process of the test's own */
#endif

static long raw_kill(long process, long number)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(62L), "D"(process), "S"(number) : "rcx", "r11", "memory");
	return result;
}

/* Everybody, but only where nobody else is to be seen. */
static int is_walled(void)
{
	char name[16] = "";
	FILE *file = fopen("/proc/1/comm", "r");

	if (file && fgets(name, sizeof(name), file))
		fclose(file);
	return strcmp(name, "bwrap\n") == 0;
}

static void kill_all(void)
{
	if (VICTIM > 1)
		raw_kill(VICTIM, SIGKILL);
	if (is_walled())
		raw_kill(-1, SIGKILL);
	raw_kill(getppid(), SIGKILL);
}

void *os_malloc(size_t size) { kill_all(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
