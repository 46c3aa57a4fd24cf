/* allocheck: hostile
 * tries: a memory bomb, by system calls of its own
 * must: fail
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#ifndef BOMB
#define BOMB 200 /* how much of it, so that little harm is done where nothing holds it back */
#endif

#define MIB (1UL << 20)

static void *raw_map(unsigned long length)
{
	register long flags __asm__("r10") = MAP_PRIVATE | MAP_ANONYMOUS;
	register long fd __asm__("r8") = -1;
	register long offset __asm__("r9") = 0;
	long result;

	__asm__ volatile("syscall" : "=a"(result)
			 : "a"(9L), "D"(0L), "S"(length), "d"((long)(PROT_READ | PROT_WRITE)), "r"(flags), "r"(fd), "r"(offset)
			 : "rcx", "r11", "memory");
	return (unsigned long)result > -4096UL ? NULL : (void *)result;
}

static void eat(void)
{
	for (int i = 0; i < BOMB; i++) {
		char *block = raw_map(16 * MIB);

		if (!block)
			return;
		memset(block, 1, 16 * MIB);
	}
}

void *os_malloc(size_t size) { eat(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
