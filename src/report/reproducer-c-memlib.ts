// The heaps of CS:APP's malloc lab (memlib.h) and of CS107's (segment.h), over the operating system of a
// reproducer: C text. Weak, so that the target may bring its own; new memory is not zero, as in
// target/driver/memlib.c.

export const memlib = `/* The lab's memlib.c. New memory is not zero: in the lab it is what an earlier trace left there. */
#define MEMLIB __attribute__((weak))
MEMLIB void *mem_sbrk(int by)
{
	char *old = heap_break;

	if (by < 0 || (size_t)(old - HEAP) + by > HEAP_LIMIT || move_break(by) != 0) {
		errno = ENOMEM;
		return (void *)-1;
	}
	return memset(old, 0xA5, by);
}

MEMLIB void mem_init(void) {}
MEMLIB void mem_deinit(void) {}
MEMLIB void mem_reset_brk(void) {}
MEMLIB void *mem_heap_lo(void) { return HEAP; }
MEMLIB void *mem_heap_hi(void) { return heap_break - 1; }
MEMLIB size_t mem_heapsize(void) { return heap_break - HEAP; }
MEMLIB size_t mem_pagesize(void) { return PAGE; }
MEMLIB void *mem_memcpy(void *to, const void *from, size_t bytes) { return memcpy(to, from, bytes); }
MEMLIB void *mem_memset(void *to, int byte, size_t bytes) { return memset(to, byte, bytes); }

/* segment.h of CS107. */
MEMLIB void *extend_heap_segment(size_t pages)
{
	char *old = heap_break;

	if (pages > HEAP_LIMIT / PAGE || (size_t)(old - HEAP) + pages * PAGE > HEAP_LIMIT
	    || move_break(pages * PAGE) != 0)
		return NULL;
	return memset(old, 0xA5, pages * PAGE);
}

MEMLIB void *init_heap_segment(size_t pages)
{
	move_break(HEAP - heap_break);
	return extend_heap_segment(pages);
}

MEMLIB void *heap_segment_start(void) { return heap_break == HEAP ? NULL : HEAP; }
MEMLIB size_t heap_segment_size(void) { return heap_break - HEAP; }

/* All of a heap at once, for an init function that is given it. */
static void *segment(size_t bytes)
{
	char *start = sbrk(bytes);

	memset(start, 0xA5, bytes < 65536 ? bytes : 65536);	/* all of it would take long */
	return start;
}
`;
