/* allocheck: hostile
 * tries: to overwrite the variables of the driver
 * must: fail
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>

extern char __start_allocheck_state[], __stop_allocheck_state[];

void *os_malloc(size_t size) { memset(__start_allocheck_state, 0xff, (size_t)(__stop_allocheck_state - __start_allocheck_state)); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
