/* allocheck: hostile
 * tries: to have a file of the machine in its program, by the assembler, and to print it
 * must: not build
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <unistd.h>

__asm__(".section .rodata\n.global booty\nbooty: .incbin \"/etc/passwd\"\n.global booty_end\nbooty_end:\n.text\n");
extern const char booty[], booty_end[];

void *os_malloc(size_t size) { (void)!write(2, booty, (size_t)(booty_end - booty)); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
