/* allocheck: hostile
 * tries: to fill every place that it can write to
 * must: fail, and no file is left
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#ifndef BOMB
#define BOMB 200 /* how much of it, so that little harm is done where nothing holds it back */
#endif
#ifndef CANARY
#define CANARY "/nonexistent" /* a folder that nothing may be written to */
#endif

static void fill(const char *folder)
{
	static char block[1 << 20];
	char path[600];

	for (int i = 0; i < BOMB / 20; i++) {
		snprintf(path, sizeof(path), "%s/allocheck-disk-bomb-%d", folder, i);
		int file = open(path, O_CREAT | O_WRONLY, 0600);

		if (file < 0)
			return;
		for (int j = 0; j < 4 && write(file, block, sizeof(block)) > 0; j++)
			continue;
		close(file);
	}
}

static void fill_all(void)
{
	static const char *const folders[] = {CANARY, "/tmp", "/var/tmp", "/dev/shm", ".", "/root", "/home"};

	for (unsigned int i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		fill(folders[i]);
}

void *os_malloc(size_t size) { fill_all(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
