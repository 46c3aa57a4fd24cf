/* allocheck: hostile
 * tries: to keep the driver from starting
 * must: not start
 */
#define _GNU_SOURCE
#include <stddef.h>

__attribute__((constructor)) static void wait_for_ever(void) { for (;;) continue; }

void *os_malloc(size_t size) { (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
