// SPDX-License-Identifier: GPL-2.0
/* tcp:HOST:PORT, for chardevs that listen on TCP. Not in the guest's program. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"

#define HOST_MAX 256

static int connect_to(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return -1;
	if (connect(fd, address->ai_addr, address->ai_addrlen) ||
	    fcntl(fd, F_SETFL, O_NONBLOCK)) {
		int number = errno;

		close(fd);
		errno = number;
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/**
 * address_open_tcp() - connect to a TCP port
 * @host_and_port: "HOST:PORT", "[IPV6]:PORT", or ":PORT" for this machine
 *
 * Context: resolves names and connects, may block.
 * Return: a non-blocking descriptor, or -1 with errno.
 */
int address_open_tcp(const char *host_and_port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(host_and_port, ':');
	struct addrinfo *found, *next;
	char host[HOST_MAX];
	size_t length = colon ? (size_t)(colon - host_and_port) : HOST_MAX;
	int fd = -1;

	if (length >= HOST_MAX) {
		errno = EINVAL;
		return -1;
	}
	memcpy(host, host_and_port, length);
	host[length] = '\0';
	if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
		memmove(host, host + 1, length - 2);
		host[length - 2] = '\0';
	}
	errno = EHOSTUNREACH;
	if (getaddrinfo(length ? host : NULL, colon + 1, &hints, &found))
		return -1;
	for (next = found; next && fd < 0; next = next->ai_next)
		fd = connect_to(next);
	freeaddrinfo(found);
	return fd;
}
