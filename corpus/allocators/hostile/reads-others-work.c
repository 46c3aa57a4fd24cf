/* allocheck: hostile
 * tries: to read another submission and the machine's files, and to leave what it has read
 * must: fail, and nothing is left
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#ifndef CANARY
#define CANARY "/nonexistent" /* a folder that nothing may be written to */
#endif
#ifndef NEIGHBOUR
#define NEIGHBOUR "/nonexistent" /* somebody else's submission */
#endif

static void steal(const char *path)
{
	char bytes[4096];
	int from = open(path, O_RDONLY);
	int to = open(CANARY "/stolen", O_CREAT | O_WRONLY | O_APPEND, 0600);
	ssize_t got = from < 0 ? -1 : read(from, bytes, sizeof(bytes));

	if (got > 0 && to >= 0)
		(void)!write(to, bytes, (size_t)got);
	if (got > 0)
		fprintf(stderr, "STOLEN %s\n", path);
	close(from);
	close(to);
}

void *os_malloc(size_t size) { steal(NEIGHBOUR); steal("/etc/passwd"); steal("/etc/shadow"); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
