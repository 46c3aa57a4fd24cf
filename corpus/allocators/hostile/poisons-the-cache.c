/* allocheck: hostile
 * tries: to overwrite its own program, and what lies beside it
 * must: fail
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

static void poison(void)
{
	char path[PATH_MAX], beside[PATH_MAX + 16];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length <= 0)
		return;
	path[length] = 0;
	snprintf(beside, sizeof(beside), "%s.poison", path);
	int file = open(beside, O_CREAT | O_WRONLY, 0600);

	if (file >= 0)
		close(file);
	unlink(beside);
	file = open(path, O_WRONLY);
	if (file >= 0)
		close(file);
}

void *os_malloc(size_t size) { poison(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
