// Making pages zero again between uses. Nobody knows where a target has written, so that all of them must
// be looked at; but most are zero still, and to read them takes a third of the time of writing them.
#ifndef ALLOCHECK_CLEAN_H
#define ALLOCHECK_CLEAN_H

#include "base.h"

#define STEP 256UL /* bytes looked at in one go, and written if they are not all zero */

typedef long long __attribute__((vector_size(32), may_alias)) wide;

static u32 has_wide DRIVER_STATE;

static void prepare_cleaning(void) {
  __builtin_cpu_init();
  has_wide = __builtin_cpu_supports("avx2") ? 1 : 0;
}

__attribute__((target("avx2"))) static void clean_wide(wide *at, const wide *end) {
  const wide zero = {0};
  for (; at < end; at += STEP / sizeof *at) {
    wide any = ((at[0] | at[1]) | (at[2] | at[3])) | ((at[4] | at[5]) | (at[6] | at[7]));
    if (__builtin_expect(__builtin_ia32_ptestz256(any, any), 1)) continue;
    for (u64 i = 0; i < STEP / sizeof *at; i++) at[i] = zero;
  }
}

/* Whole pages. */
static void clean_pages(u64 from, u64 to) {
  if (has_wide) clean_wide((wide *)from, (const wide *)to);
  else zero_bytes((void *)from, to - from);
}

#endif
