// What every part of the driver stands on: exact-width names, raw system calls, and copying that calls
// nobody. The target may define malloc, memcpy or sbrk as it likes; the driver never asks it, nor the C
// library's heap, for anything.
#ifndef ALLOCHECK_BASE_H
#define ALLOCHECK_BASE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

#if !defined(__x86_64__) || !defined(__linux__)
#error "allocheck drives native targets on Linux on x86-64 only"
#endif

typedef uint8_t u8;
typedef uint32_t u32;
typedef int32_t i32;
typedef uint64_t u64;
typedef int64_t i64;

// As src/memory/address.ts and src/memory/simulated-os.ts have them.
#define PAGE 4096UL
#ifndef HEAP_START
#define HEAP_START 0x100000000000UL
#endif
#define HEAP_LIMIT (1UL << 30)
#define MAPPING_START 0x200000000000UL
#define MAPPING_LIMIT (1UL << 36)
#define MEMORY_LIMIT (128UL << 20)
#define TASK_SIZE ((1UL << 47) - PAGE)
#define IMPOSSIBLE (1UL << 46)

// The driver's variables stay apart from the target's, which are put back between traces.
#define DRIVER_STATE __attribute__((section("allocheck_state")))

static inline u64 page_ceil(u64 length) { return (length + PAGE - 1) & ~(PAGE - 1); }

static inline long raw6(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

#define RAW0(n) raw6((n), 0, 0, 0, 0, 0, 0)
#define RAW1(n, a) raw6((n), (long)(a), 0, 0, 0, 0, 0)
#define RAW2(n, a, b) raw6((n), (long)(a), (long)(b), 0, 0, 0, 0)
#define RAW3(n, a, b, c) raw6((n), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define RAW4(n, a, b, c, d) raw6((n), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define RAW5(n, a, b, c, d, e) \
  raw6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

static inline void zero_bytes(void *to, u64 length) {
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(length) : "a"(0) : "memory");
}

static inline void copy_bytes(void *to, const void *from, u64 length) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(length) : : "memory");
}

static inline double as_double(u64 bits) { return (double)(i64)bits; }

#define MEM_NONE 0
#define MEM_READ_WRITE 3
#define MEM_PRIVATE_FIXED 0x4032 /* MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE */
#define MEM_FIXED_NOREPLACE 0x104022 /* MAP_PRIVATE | MAP_ANONYMOUS | NORESERVE | FIXED_NOREPLACE */
#define MEM_SHARED 0x4021 /* MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE */
#define MEM_PRIVATE 0x4022

static inline void *raw_map(u64 at, u64 length, int protection, int flags) {
  return (void *)raw6(SYS_mmap, (long)at, (long)length, protection, flags, -1, 0);
}

static inline int failed(const void *mapped) { return (u64)mapped > (u64)-4096L; }

// Ends this process, telling nobody but the parent, which says what `status` means.
static inline __attribute__((noreturn)) void give_up(int status) {
  for (;;) RAW1(SYS_exit_group, status);
}
#define GIVE_UP_MEMORY 251
#define GIVE_UP_PROTOCOL 252

#endif
