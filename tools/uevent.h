/* SPDX-License-Identifier: GPL-2.0 */
/* Events of the kernel about devices: the socket they come from, and their fields. */
#ifndef PORTSIDE_UEVENT_H
#define PORTSIDE_UEVENT_H

#include <stdbool.h>
#include <stddef.h>

#define UEVENT_SIZE 8192

/**
 * struct uevent - one event; every string is "" where the event has no such field
 * @action: add, remove, change, bind ...
 * @subsystem: of the device
 * @node: name of the device below /dev, or the last part of its path in sysfs
 * @alias: what a module for it would be called by
 * @number: the kernel's number of the event; later ones are greater
 */
struct uevent {
	const char *action;
	const char *subsystem;
	const char *node;
	const char *alias;
	unsigned long long number;
};

int uevent_open(void);
bool uevent_parse(struct uevent *event, char *message, size_t length);
int uevent_next(int socket, struct uevent *event, char message[UEVENT_SIZE]);

#endif
