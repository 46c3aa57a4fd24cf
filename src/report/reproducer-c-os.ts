// The operating system that a reproducer plays where its trace needs one: C text, linked in with --wrap.

/** The break and the mappings as the allocator sees them. Linked in with -Wl,--wrap=sbrk and so on: each
 * call of the allocator's own files to sbrk arrives at __wrap_sbrk. */
export const operatingSystem = `/* What the allocator asks the operating system for passes through here. The memory is real. Two things are
 * stricter than Linux, so that a mistake shows at once: behind each mapping there is a page that nobody may
 * touch, and an unmapped address is never given again. A call fails with ENOMEM where the trace says so, and
 * where the process would have more than SURE, heap and mappings together, in whole pages. */
#define SURE ((size_t)128 << 20)
#define PAGES(bytes) (((bytes) + 4095) & ~(size_t)4095)
void *__real_sbrk(intptr_t bytes);
void *__real_mmap(void *at, size_t bytes, int access, int flags, int file, off_t from);
int __real_munmap(void *at, size_t bytes);

static struct { char *start; size_t bytes; } mappings[65536];
static int mapping_count, live_mappings;
static size_t mapped_bytes;
static char *heap_start;
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
		if (calls->failing[i] == calls->made) {
			some_call_failed = 1;
			errno = ENOMEM;
			return 1;
		}
	return 0;
}

void *__wrap_sbrk(intptr_t bytes)
{
	void *old;

	if (bytes > 0 && fails_now(&growths))
		return (void *)-1;
	old = __real_sbrk(0);
	if (bytes <= 0 || PAGES((char *)old - heap_start + (size_t)bytes) + mapped_bytes <= SURE)
		old = __real_sbrk(bytes);
	else
		old = (void *)-1;
	if (old == (void *)-1) {
		some_call_failed = 1;
		errno = ENOMEM;
	}
	return old;
}

int __wrap_brk(void *to)
{
	return __wrap_sbrk((char *)to - (char *)__real_sbrk(0)) == (void *)-1 ? -1 : 0;
}

void *__wrap_mmap(void *at, size_t bytes, int access, int flags, int file, off_t from)
{
	char *start;
	size_t heap_bytes;

	if (fails_now(&mmaps))
		return MAP_FAILED;
	heap_bytes = PAGES((size_t)((char *)__real_sbrk(0) - heap_start));
	start = bytes > SURE || heap_bytes + mapped_bytes + PAGES(bytes) > SURE ? MAP_FAILED
		: __real_mmap(at, PAGES(bytes) + 4096, access, flags | MAP_NORESERVE, file, from);
	if (start == MAP_FAILED) {
		some_call_failed = 1;
		errno = ENOMEM;
		return start;
	}
	mprotect(start + PAGES(bytes), 4096, PROT_NONE);
	if (mapping_count < 65536) {
		mappings[mapping_count].start = start;
		mappings[mapping_count++].bytes = PAGES(bytes);
	}
	live_mappings++;
	mapped_bytes += PAGES(bytes);
	return start;
}

int __wrap_munmap(void *at, size_t bytes)
{
	live_mappings--;
	mapped_bytes -= PAGES(bytes);
	for (int i = 0; i < mapping_count; i++)
		if (mappings[i].start == at && PAGES(bytes) >= mappings[i].bytes)
			mappings[i].bytes = 0;
	return mprotect(at, PAGES(bytes), PROT_NONE);
}

/* Whether some mapping has all of these bytes. */
static int is_mapped(const char *p, size_t bytes)
{
	for (int i = 0; i < mapping_count; i++)
		if (p >= mappings[i].start && p + bytes <= mappings[i].start + mappings[i].bytes)
			return 1;
	return 0;
}
`;
