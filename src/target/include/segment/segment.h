/* Stand-in for the header of this name of older editions of CS107's heap allocator: the functions are the driver's. */
#ifndef ALLOCHECK_SEGMENT_H
#define ALLOCHECK_SEGMENT_H

#include <stddef.h>

#define PAGE_SIZE 4096

#ifdef __cplusplus
extern "C" {
#endif

void *init_heap_segment(size_t npages);
void *extend_heap_segment(size_t npages);
void *heap_segment_start(void);
size_t heap_segment_size(void);

#ifdef __cplusplus
}
#endif

#endif
