/* allocheck: hostile
 * tries: to have its output read as markup, as a formula, and as the terminal's own
 * must: fail; its output is quoted
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>



void *os_malloc(size_t size) { fputs("</script><script>alert(1)</script>\n=1+1|\"\n\033[2J\033]0;x\007\u202e]]>\n", stderr); abort(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
