/* allocheck: hostile
 * tries: nothing: the honest empty submission, which no other may outdo
 * must: fail
 */
#define _GNU_SOURCE
#include <stddef.h>



void *os_malloc(size_t size) { (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
