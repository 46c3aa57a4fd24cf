/* Stand-in for the malloc lab's header of this name. */
#ifndef ALLOCHECK_MM_H
#define ALLOCHECK_MM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* int mm_init(void), in later editions bool: it is not declared here. */
extern void *mm_malloc(size_t size);
extern void mm_free(void *ptr);
extern void *mm_realloc(void *ptr, size_t size);
extern void *mm_calloc(size_t nmemb, size_t size);

/* Who wrote an mm.c: it defines a `team`. */
typedef struct {
  char *teamname;
  char *name1;
  char *id1;
  char *name2;
  char *id2;
} team_t;

extern team_t team;

#ifdef __cplusplus
}
#endif

#endif
