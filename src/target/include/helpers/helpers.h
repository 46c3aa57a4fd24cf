/* Stand-in for the header of this name in the course's older edition, whose block header has 24 bytes. */
#ifndef ALLOCHECK_HELPERS_H
#define ALLOCHECK_HELPERS_H

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DIE(assertion, call_description)                                      \
  do {                                                                        \
    if (assertion) {                                                          \
      fprintf(stderr, "(%s, %d): ", __FILE__, __LINE__);                      \
      perror(call_description);                                               \
      exit(errno);                                                            \
    }                                                                         \
  } while (0)

#ifndef ALLOCHECK_BLOCK_META_H
#define ALLOCHECK_BLOCK_META_H

/* Header of a block: the payload follows it. */
struct block_meta {
  size_t size;
  int status;
  struct block_meta *next;
};

#define STATUS_FREE 0
#define STATUS_ALLOC 1
#define STATUS_MAPPED 2

#endif

#endif
