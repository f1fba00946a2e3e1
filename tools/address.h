/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses of ports: a device node, unix:PATH, tcp:HOST:PORT or fd:NUMBER, opened without
 * blocking. Which kinds a program knows is decided by its main_*.c.
 */
#ifndef PORTSIDE_ADDRESS_H
#define PORTSIDE_ADDRESS_H

/**
 * struct address_kind - one kind of address
 * @prefix: what it begins with, "unix:" for example
 * @open: opens what follows the prefix: a non-blocking descriptor, or -1 with errno
 */
struct address_kind {
	const char *prefix;
	int (*open)(const char *rest);
};

/* Defined by the program; ends with an empty prefix. */
extern const struct address_kind address_kinds[];

int address_open(const char *address);
int address_open_unix(const char *path);
int address_open_fd(const char *number);
int address_open_tcp(const char *host_and_port);
int address_open_path(const char *path);

#endif
