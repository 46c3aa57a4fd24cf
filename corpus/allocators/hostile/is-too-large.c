/* allocheck: hostile
 * tries: a compiler bomb of data
 * must: not build
 */
#define _GNU_SOURCE
#include <stddef.h>

char huge[1UL << 34] = {1};

void *os_malloc(size_t size) { huge[1] = 1; (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
