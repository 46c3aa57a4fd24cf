/* allocheck: hostile
 * tries: to sleep till the grader has given up
 * must: be told of as hanging
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <unistd.h>



void *os_malloc(size_t size) { sleep(3600); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
