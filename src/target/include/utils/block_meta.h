/* For "../utils/block_meta.h", where the folder did not come with the rest. */
#include "../block_meta/block_meta.h"
