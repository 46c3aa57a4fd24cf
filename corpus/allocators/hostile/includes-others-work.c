/* allocheck: hostile
 * tries: to be somebody else's submission, by an include
 * must: not build
 */
#define _GNU_SOURCE
#include <stddef.h>

#ifndef NEIGHBOUR
#define NEIGHBOUR "/nonexistent" /* somebody else's submission */
#endif

#include NEIGHBOUR
