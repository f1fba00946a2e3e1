// SPDX-License-Identifier: GPL-2.0
/* Addresses of ports: device nodes, unix sockets and inherited descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "address.h"

static int close_with_errno(int fd)
{
	int number = errno;

	close(fd);
	errno = number;
	return -1;
}

/**
 * address_open() - open a port
 * @address: with one of the prefixes in address_kinds, or a path
 *
 * Return: a non-blocking descriptor, or -1 with errno.
 */
int address_open(const char *address)
{
	for (const struct address_kind *kind = address_kinds; kind->open; kind++) {
		size_t length = strlen(kind->prefix);

		if (!strncmp(address, kind->prefix, length))
			return kind->open(address + length);
	}
	return address_open_path(address);
}

/**
 * address_open_unix() - connect to a unix socket
 * @path: of the socket
 *
 * Return: a non-blocking descriptor, or -1 with errno; EAGAIN if its queue is full.
 */
int address_open_unix(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(name.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(name.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof(name)))
		return close_with_errno(fd);
	return fd;
}

/**
 * address_open_fd() - use an inherited descriptor
 * @number: decimal
 *
 * Return: a copy of it, non-blocking, or -1 with errno.
 */
int address_open_fd(const char *number)
{
	char *end;
	long inherited = strtol(number, &end, 10);
	int fd;

	if (*end || end == number || inherited < 0 || inherited > 65535) {
		errno = EBADF;
		return -1;
	}
	fd = fcntl((int)inherited, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		return close_with_errno(fd);
	return fd;
}

/* A tty as a port carries bytes, not lines. */
static void make_raw(int fd)
{
	struct termios termios;

	if (tcgetattr(fd, &termios))
		return;
	cfmakeraw(&termios);
	tcsetattr(fd, TCSANOW, &termios);
}

/**
 * address_open_path() - open a device node, or a socket by its bare path
 * @path: of the node
 *
 * Return: a non-blocking descriptor, or -1 with errno.
 */
int address_open_path(const char *path)
{
	struct stat stat_of_path;
	int fd;

	if (!stat(path, &stat_of_path) && S_ISSOCK(stat_of_path.st_mode))
		return address_open_unix(path);
	fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		make_raw(fd);
	return fd;
}
