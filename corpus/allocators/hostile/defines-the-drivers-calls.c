/* allocheck: hostile
 * tries: to define sbrk and mmap itself, so that the driver sees no call
 * must: not build
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

static char arena[1 << 20];
static size_t used;

void *sbrk(intptr_t by) { void *at = arena + used; used += (size_t)by; return at; }
void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
	(void)at, (void)length, (void)protection, (void)flags, (void)fd, (void)offset;
	return arena;
}

void *os_malloc(size_t size) { (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
