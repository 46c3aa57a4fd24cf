/* Memory allocator, by Kiri. */
#include <stddef.h>

void *os_malloc(size_t size)
{
	/* TODO */
	return NULL;
}

void os_free(void *ptr)
{
	/* TODO */
}

void *os_calloc(size_t nmemb, size_t size)
{
	/* TODO */
	return NULL;
}

void *os_realloc(void *ptr, size_t size)
{
	/* TODO */
	return NULL;
}
