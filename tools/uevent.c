// SPDX-License-Identifier: GPL-2.0
/* Events of the kernel about devices: the socket they come from, and their fields. */
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uevent.h"

#define KERNEL_EVENTS 1 /* the multicast group */
#define WAITING_ROOM  (4 << 20) /* bytes of events not yet read; the kernel's own default is 200 KiB */

/**
 * uevent_open() - listen to the kernel
 *
 * Return: a socket that has every event from now on, or -1 with errno.
 */
int uevent_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_EVENTS };
	int size = WAITING_ROOM;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (!bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

static const char *after(const char *field, const char *key)
{
	size_t length = strlen(key);

	return strncmp(field, key, length) ? NULL : field + length;
}

/**
 * uevent_parse() - take an event apart
 * @event: receives it; its strings point into @message
 * @message: "ACTION@PATH", then fields KEY=VALUE, each ended by a NUL; made to end in one
 * @length: of @message, at least 1
 *
 * Return: false if it is not an event of the kernel.
 */
bool uevent_parse(struct uevent *event, char *message, size_t length)
{
	const char *value;
	bool has_node = false;

	*event = (struct uevent){ .action = "", .subsystem = "", .node = "", .alias = "" };
	message[length - 1] = '\0';
	if (!strchr(message, '@'))
		return false;
	for (char *field = message; field < message + length; field += strlen(field) + 1) {
		if ((value = after(field, "ACTION=")))
			event->action = value;
		else if ((value = after(field, "SUBSYSTEM=")))
			event->subsystem = value;
		else if ((value = after(field, "MODALIAS=")))
			event->alias = value;
		else if ((value = after(field, "SEQNUM=")))
			event->number = strtoull(value, NULL, 10);
		else if ((value = after(field, "DEVNAME=")))
			event->node = value, has_node = true;
		else if (!has_node && (value = after(field, "DEVPATH=")))
			event->node = strrchr(value, '/') ? strrchr(value, '/') + 1 : value;
	}
	return event->action[0];
}

/**
 * uevent_next() - wait for the next event
 * @socket: of uevent_open()
 * @event: receives it
 * @message: what its strings point into
 *
 * Return: 1; 0 if events were lost, as more came than the socket holds; -1 with errno.
 */
int uevent_next(int socket, struct uevent *event, char message[UEVENT_SIZE])
{
	for (;;) {
		struct sockaddr_nl sender = { 0 };
		socklen_t size = sizeof(sender);
		ssize_t length = recvfrom(socket, message, UEVENT_SIZE, 0,
					  (struct sockaddr *)&sender, &size);

		if (length < 0 && errno == ENOBUFS)
			return 0;
		if (length < 0 && errno != EINTR)
			return -1;
		/* Programs may send to the group as well; only the kernel is number 0. */
		if (length > 0 && !sender.nl_pid && uevent_parse(event, message, length))
			return 1;
	}
}
