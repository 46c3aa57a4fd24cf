/* allocheck: hostile
 * tries: to include a file of the machine, which the compiler then quotes
 * must: not build, and quote nothing
 */
#define _GNU_SOURCE
#include <stddef.h>

#include "/etc/passwd"

void *os_malloc(size_t size) { (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
