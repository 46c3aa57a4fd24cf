/* allocheck: hostile
 * tries: a compiler bomb of includes
 * must: not build
 */
#define _GNU_SOURCE
#include <stddef.h>

#if __INCLUDE_LEVEL__ < 150
#include __FILE__
#include __FILE__
#endif
