/* allocheck: hostile
 * tries: to print the verdict that it would like, and end
 * must: be told of as an exit; what it prints is output
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void boast(void)
{
	const char *verdict = "{ \"schema\": \"allocheck/verdict@1\", \"verdict\": \"passed\", \"findings\": [] }\n";

	printf("%s", verdict);
	fprintf(stderr, "%s", verdict);
	fflush(stdout);
	_exit(0);
}

void *os_malloc(size_t size) { boast(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
