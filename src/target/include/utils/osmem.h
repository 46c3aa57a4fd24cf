/* For "../utils/osmem.h", where the folder did not come with the rest. */
#include "../osmem/osmem.h"
