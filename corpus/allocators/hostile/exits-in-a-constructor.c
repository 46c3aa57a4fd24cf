/* allocheck: hostile
 * tries: to end with success before anything is asked
 * must: not start
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdlib.h>

__attribute__((constructor)) static void leave(void) { exit(0); }

void *os_malloc(size_t size) { (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
