// Which instructions of the program led to a fault, or to a write: the place itself, then whoever called it.
#ifndef ALLOCHECK_FRAMES_H
#define ALLOCHECK_FRAMES_H

#include "shared.h"

/* In a signal handler: notes the frames from the one that was interrupted at `interrupted` on, of those that lie
   in the program. `place` is the instruction that did it. What the stack is like then nobody knows: a fault
   in here ends the process as it would have ended, with what was noted so far. */
static void note_frames(u64 place, u64 interrupted);

/* Where the driver's own frames begin, which called the target. */
static u64 own_frames DRIVER_STATE;
#define ABOVE_IS_OURS() (own_frames = (u64)__builtin_frame_address(0))

#endif
