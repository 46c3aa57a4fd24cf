// The operating system that a reproducer plays: C text. The functions have the C library's names, so that
// the allocator's calls arrive here whether it is linked as an object or as a shared library, and no flag for
// the linker is needed. It keeps the rules of target/driver/os.c and canary.c, and has its addresses, so that
// a trace does outside of the driver what it does inside.

import type { Contract } from '../contract/contract.ts';
import { type Address, HEAP_LIMIT, MAPPING_START, MEMORY_LIMIT } from '../memory/address.ts';

/** What everything in the program may use. */
export const kernel = `/* The kernel itself: the allocator, or this program, may define functions of the C library anew. */
static long kernel(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall" : "=a"(result)
		: "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		: "rcx", "r11", "memory");
	return result;
}

static void fail(const char *what, ...);
`;

const hex = (bytes: number): string => `0x${bytes.toString(16)}`;

/** `heapStart`: where the driver has it. `interposed`: whether what lies past the break is nobody's. */
export function operatingSystem({ interposed }: Contract, heapStart: Address): string {
  return `/* The operating system, as the allocator sees it: these functions stand in for those of the C library. The
 * memory is real, and always at the same addresses. What is stricter than Linux, so that a mistake shows at once:
 * behind each mapping is a page that nobody has, an unmapped address is never given again, and the bytes from the
 * break to the end of its page must stay as they are. A call fails with ENOMEM where the trace says so, and
 * where the process would have more than MOST, heap and mappings together, in whole pages. */
#define MOST ((size_t)${MEMORY_LIMIT})
#define HEAP ((char *)${hex(heapStart)})
#define LONGEST_HEAP ((size_t)${HEAP_LIMIT})
#define PAGE ((size_t)4096)
#define PAGES(bytes) (((bytes) + PAGE - 1) & ~(PAGE - 1))
#define UNTOUCHED 0xC5
#define MAPPINGS 16384

static char *heap_break = HEAP, *next_mapping = (char *)${hex(MAPPING_START)};
static struct { char *start, *end; } mappings[MAPPINGS];
static int mapping_count, live_mappings, break_is_watched = ${interposed ? 1 : 0};
static size_t mapped_bytes;
static int some_call_failed;	/* in this op */

/* Which calls are to fail, counted from the start. */
static struct calls { long made, failing[4096]; int count; } growths, mmaps;

static void fails_at(struct calls *calls, long nth_from_here)
{
	if (calls->count < 4096)
		calls->failing[calls->count++] = calls->made + nth_from_here;
}

static int fails_now(struct calls *calls)
{
	calls->made++;
	for (int i = 0; i < calls->count; i++)
		if (calls->failing[i] == calls->made)
			return 1;
	return 0;
}

static int refuse(int error)
{
	some_call_failed = 1;
	errno = error;
	return -1;
}

static char *end_of_page(char *at) { return (char *)PAGES((size_t)at); }

static void check_behind_break(void)
{
	for (char *at = heap_break; break_is_watched && at < end_of_page(heap_break); at++)
		if (*(unsigned char *)at != UNTOUCHED)
			fail("%zu bytes past the break somebody wrote %d", at - heap_break, *at);
}

static void get(char *from, size_t bytes, int access)
{
	kernel(SYS_mmap, (long)from, (long)bytes, access,
	       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
}

static int move_break(intptr_t by)
{
	char *to = (char *)((size_t)heap_break + (size_t)by), *end = end_of_page(heap_break), *new_end;

	if (by == 0)
		return 0;
	if (by > 0 && fails_now(&growths))
		return refuse(ENOMEM);
	if (to < HEAP || to > HEAP + LONGEST_HEAP || (by > 0) != (to > heap_break))
		return refuse(ENOMEM);
	new_end = end_of_page(to);
	if (by > 0 && (size_t)(new_end - HEAP) + mapped_bytes > MOST)
		return refuse(ENOMEM);
	check_behind_break();
	if (by > 0 && break_is_watched)
		memset(heap_break, 0, (to < end ? to : end) - heap_break);
	if (new_end > end)
		get(end, new_end - end, PROT_READ | PROT_WRITE);
	if (new_end < end)
		kernel(SYS_munmap, (long)new_end, end - new_end, 0, 0, 0, 0);
	if (break_is_watched)
		memset(to, UNTOUCHED, new_end - to);
	heap_break = to;
	return 0;
}

void *sbrk(intptr_t by)
{
	char *old = heap_break;

	return move_break(by) == 0 ? old : (void *)-1;
}

int brk(void *to)
{
	return to ? move_break((char *)to - heap_break) : 0;
}

void *mmap(void *hint, size_t bytes, int access, int flags, int file, off_t from)
{
	char *start = next_mapping;

	(void)hint, (void)flags, (void)file, (void)from;
	if (fails_now(&mmaps))
		return refuse(ENOMEM), MAP_FAILED;
	if (bytes == 0)
		return refuse(EINVAL), MAP_FAILED;
	if (bytes > MOST || PAGES((size_t)(heap_break - HEAP)) + mapped_bytes + PAGES(bytes) > MOST
	    || mapping_count == MAPPINGS)
		return refuse(ENOMEM), MAP_FAILED;
	get(start, PAGES(bytes), access);
	mappings[mapping_count].start = start;
	mappings[mapping_count++].end = start + PAGES(bytes);
	next_mapping += PAGES(bytes) + PAGE;
	mapped_bytes += PAGES(bytes);
	live_mappings++;
	return start;
}

void *mmap64(void *hint, size_t bytes, int access, int flags, int file, off_t from)
{
	return mmap(hint, bytes, access, flags, file, from);
}

/* What lies elsewhere is not the allocator's, and stays. */
int munmap(void *at, size_t bytes)
{
	char *from = at, *to = from + PAGES(bytes);

	if ((size_t)at % PAGE || bytes == 0 || bytes > (size_t)1 << 47) {
		errno = EINVAL;
		return -1;
	}
	for (int i = 0; i < mapping_count; i++) {
		char *start = mappings[i].start, *end = mappings[i].end;
		char *first = start > from ? start : from, *last = end < to ? end : to;

		if (first >= last)
			continue;
		kernel(SYS_munmap, (long)first, last - first, 0, 0, 0, 0);
		mapped_bytes -= last - first;
		if (first > start)
			mappings[i].end = first;
		else
			mappings[i].start = last;
		if (first > start && last < end && mapping_count < MAPPINGS) {
			mappings[mapping_count].start = last;
			mappings[mapping_count++].end = end;
			live_mappings++;
		} else if (first == start && last == end) {
			live_mappings--;
		}
	}
	if (from < end_of_page(heap_break) && to > HEAP) {
		char *first = from > HEAP ? from : HEAP;
		char *last = to < end_of_page(heap_break) ? to : end_of_page(heap_break);

		kernel(SYS_munmap, (long)first, last - first, 0, 0, 0, 0);
		break_is_watched = 0;	/* there are holes in the heap now */
	}
	return 0;
}

/* Whether one mapping has all of these bytes. */
static int is_mapped(const char *p, size_t bytes)
{
	for (int i = 0; i < mapping_count; i++)
		if (p >= mappings[i].start && p < mappings[i].end && bytes <= (size_t)(mappings[i].end - p))
			return 1;
	return 0;
}

void *mremap(void *at, size_t bytes, size_t to_bytes, int flags, ...)
{
	char *moved;

	if ((size_t)at % PAGE || bytes == 0 || to_bytes == 0)
		return refuse(EINVAL), MAP_FAILED;
	if (!is_mapped(at, PAGES(bytes)))
		return refuse(EFAULT), MAP_FAILED;
	if (PAGES(to_bytes) <= PAGES(bytes)) {
		if (PAGES(to_bytes) < PAGES(bytes))
			munmap((char *)at + PAGES(to_bytes), PAGES(bytes) - PAGES(to_bytes));
		return at;
	}
	if (!(flags & MREMAP_MAYMOVE))
		return refuse(ENOMEM), MAP_FAILED;
	moved = mmap(NULL, to_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (moved == MAP_FAILED)
		return moved;
	memcpy(moved, at, PAGES(bytes));
	munmap(at, bytes);
	return moved;
}

int getpagesize(void) { return (int)PAGE; }

/* The same by the back door. */
long syscall(long number, ...)
{
	va_list list;
	long a[6], result;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_brk)
		return brk((void *)a[0]), (long)heap_break;
	if (number == SYS_mmap)
		return (long)mmap((void *)a[0], a[1], (int)a[2], (int)a[3], (int)a[4], a[5]);
	if (number == SYS_munmap)
		return munmap((void *)a[0], a[1]);
	if (number == SYS_mremap)
		return (long)mremap((void *)a[0], a[1], a[2], (int)a[3]);
	result = kernel(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (result < 0 && result >= -4095) {
		errno = (int)-result;
		return -1;
	}
	return result;
}

static int is_on_heap(const char *p) { return p >= HEAP && p < heap_break; }
`;
}

/** In its place, where the allocator has the real one: a library that is judged as any malloc is. */
export const noOperatingSystem = `static int some_call_failed, live_mappings;
static int is_on_heap(const char *p) { return (void)p, 0; }
static void check_behind_break(void) {}
`;
