/* Stand-in for the malloc lab's header of this name: the functions are the driver's. */
#ifndef ALLOCHECK_MEMLIB_H
#define ALLOCHECK_MEMLIB_H

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

void mem_init(void);
void mem_deinit(void);
void *mem_sbrk(int incr);
void mem_reset_brk(void);
void *mem_heap_lo(void);
void *mem_heap_hi(void);
size_t mem_heapsize(void);
size_t mem_pagesize(void);
void *mem_memcpy(void *dst, const void *src, size_t n);
void *mem_memset(void *dst, int c, size_t n);

#ifdef __cplusplus
}
#endif

#endif
