/* allocheck: hostile
 * tries: to end with success in the first call
 * must: be told of as an exit
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdlib.h>



void *os_malloc(size_t size) { exit(0); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
