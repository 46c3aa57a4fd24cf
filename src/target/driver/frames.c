// See frames.h. The unwinder of the compiler's runtime asks nobody for memory.
#include "frames.h"

#include <unwind.h>

extern char __executable_start[], etext[];

#define FRAMES_WALKED 256 /* a stack that was written over may lead in circles */

struct noting {
  u64 place, interrupted;
  int reached, walked;
};

static int is_in_program(u64 at) { return at >= (u64)__executable_start && at < (u64)etext; }

/* A caller's frame says where it will go on; the call is before that. */
static _Unwind_Reason_Code note_frame(struct _Unwind_Context *frame, void *data) {
  struct noting *noting = data;
  int is_exact = 0;
  if (noting->walked++ == FRAMES_WALKED) return _URC_NORMAL_STOP;
  if (noting->reached && (u64)_Unwind_GetCFA(frame) > own_frames) return _URC_NORMAL_STOP;
  u64 at = (u64)_Unwind_GetIPInfo(frame, &is_exact);
  if (!noting->reached) {
    if (at != noting->interrupted) return _URC_NO_REASON;
    noting->reached = 1;
    at = noting->place;
  } else if (!is_exact) {
    at--;
  }
  if (is_in_program(at)) shared->frames[shared->frames_count++] = at;
  return shared->frames_count < FRAMES_KEPT ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

static void note_frames(u64 place, u64 interrupted) {
  struct noting noting = {place, interrupted, 0, 0};
  shared->frames_count = 0;
  if (shared->phase != PHASE_CALL && shared->phase != PHASE_INIT) return;
  _Unwind_Backtrace(note_frame, &noting);
}
