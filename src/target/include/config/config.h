/* Stand-in for the malloc lab's header of this name. */
#ifndef ALLOCHECK_CONFIG_H
#define ALLOCHECK_CONFIG_H

#ifndef ALIGNMENT
#define ALIGNMENT 8
#endif
#define MAX_HEAP (20 * (1 << 20))

#endif
