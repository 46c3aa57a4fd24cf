/* allocheck: hostile
 * tries: to tell somebody over the network
 * must: fail; nobody hears of it
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PORT
#define PORT 9 /* where the test listens, on 127.0.0.1 */
#endif

__attribute__((constructor)) static void call(void)
{
	struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int line = socket(AF_INET, SOCK_STREAM, 0);

	there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(line, (struct sockaddr *)&there, sizeof(there)) == 0)
		(void)!write(line, "hello", 5);
	close(line);
}

void *os_malloc(size_t size) { call(); (void)size; return NULL; }
void *os_calloc(size_t count, size_t size) { (void)count; (void)size; return NULL; }
void *os_realloc(void *from, size_t size) { (void)from; (void)size; return NULL; }
void os_free(void *payload) { (void)payload; }
