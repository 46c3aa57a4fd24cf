/* For "../utils/printf.h", where the folder did not come with the rest. */
#include "../printf/printf.h"
