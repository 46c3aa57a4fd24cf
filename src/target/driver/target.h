// The functions under test, by the names that the compiler's command line gives them. Those that the
// contract does not have are never called: run.c skips their ops.
#ifndef ALLOCHECK_TARGET_H
#define ALLOCHECK_TARGET_H

#include "base.h"

extern void *ALLOCHECK_MALLOC(size_t);
extern void ALLOCHECK_FREE(void *);

static inline void *target_malloc(size_t size) { return ALLOCHECK_MALLOC(size); }
static inline void target_free(void *pointer) { ALLOCHECK_FREE(pointer); }

#ifdef ALLOCHECK_CALLOC
#define HAS_CALLOC 1
extern void *ALLOCHECK_CALLOC(size_t, size_t);
static inline void *target_calloc(size_t count, size_t size) { return ALLOCHECK_CALLOC(count, size); }
#else
#define HAS_CALLOC 0
static inline void *target_calloc(size_t count, size_t size) { return (void)count, (void)size, NULL; }
#endif

#ifdef ALLOCHECK_REALLOC
#define HAS_REALLOC 1
extern void *ALLOCHECK_REALLOC(void *, size_t);
static inline void *target_realloc(void *from, size_t size) { return ALLOCHECK_REALLOC(from, size); }
#else
#define HAS_REALLOC 0
static inline void *target_realloc(void *from, size_t size) { return (void)from, (void)size, NULL; }
#endif

/* int mm_init(void) does not look at what it is given. */
#ifdef ALLOCHECK_INIT
#define HAS_INIT 1
extern long ALLOCHECK_INIT(void *, size_t);
static inline long target_init(void *start, size_t length) { return ALLOCHECK_INIT(start, length); }
#else
#define HAS_INIT 0
static inline long target_init(void *start, size_t length) { return (void)start, (void)length, 0; }
#endif

/* All of a heap of a fixed size, for targets that ask for no memory themselves. */
#ifdef ALLOCHECK_REAL_OS
static inline void *segment(size_t length) { return raw_map(0, length, MEM_READ_WRITE, MEM_PRIVATE); }
#else
extern void *give_segment(size_t length);
static inline void *segment(size_t length) { return give_segment(length); }
#endif

#endif
