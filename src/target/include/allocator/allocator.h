/* Stand-in for the header of this name of CS107's heap allocator. */
#ifndef ALLOCHECK_ALLOCATOR_H
#define ALLOCHECK_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ALIGNMENT
#define ALIGNMENT 8
#endif
#ifndef MAX_REQUEST_SIZE
#define MAX_REQUEST_SIZE (1 << 30)
#endif

/* bool myinit(void *heap_start, size_t heap_size), in older editions myinit(void): it is not declared here. */
void *mymalloc(size_t requested_size);
void *myrealloc(void *old_ptr, size_t new_size);
void myfree(void *ptr);
bool validate_heap(void);
void dump_heap(void);

#ifdef __cplusplus
}
#endif

#endif
