/* allocheck: hostile
 * tries: to attach to its parent and to another process, and to write to their memory
 * must: fail; the other process is untouched
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef VICTIM
#define VICTIM 0 /* a process of the test's own */
#endif

static void poke(pid_t process)
{
	static char bytes[4096];
	struct iovec from = {bytes, sizeof(bytes)};

	if (process <= 1)
		return;
	for (uintptr_t at = 0x400000; at < 0x410000; at += sizeof(bytes)) {
		struct iovec to = {(void *)at, sizeof(bytes)};

		process_vm_writev(process, &from, 1, &to, 1, 0);
	}
	ptrace(PTRACE_ATTACH, process, 0, 0);
}

void *os_malloc(size_t size) { poke(getppid()); poke(VICTIM); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
