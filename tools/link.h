/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A link: the control and the data channel of one end, the waiting for them and for
 * other descriptors, and the order in which things get their turn. Agent and host
 * commands differ only in what they do with the frames.
 */
#ifndef PORTSIDE_LINK_H
#define PORTSIDE_LINK_H

#include "channel.h"
#include "failure.h"

#define LINK_CONTROL 0u
#define LINK_DATA    1u
#define LINK_OTHERS  2u /* the first id that an owner may use */

/* What the answer to one frame may take on control; there is room for it before each. */
#define ANSWER_ROOM 4096

struct link;

/**
 * struct link_ops - what an end does with its link; the owner is link->owner
 * @control: a frame came on control; -1 with a failure ends the link
 * @data: a frame, or a piece of a bulk frame, came on data; -1 ends the link
 * @takes_data: may @data be called now?
 * @produce: the data channel has nothing to send: 1 if more was put there or other work
 *	was done, 0 if there is nothing to do, -1 ends the link
 * @event: a watched descriptor has events (EPOLLIN and so on)
 */
struct link_ops {
	int (*control)(struct link *link, const struct frame *frame, struct failure *failure);
	int (*data)(struct link *link, const struct frame *frame, struct failure *failure);
	bool (*takes_data)(struct link *link);
	int (*produce)(struct link *link, struct failure *failure);
	void (*event)(struct link *link, uint32_t id, uint32_t events);
};

/**
 * struct link - both channels of one end
 * @control: the control channel
 * @data: the data channel
 * @ops: what to do with frames
 * @owner: for @ops
 * @epoll: what is waited for
 * @hangup: for LINK_CONTROL and LINK_DATA: the device says that the host is away
 * @broken: after a turn failed by a read or write error, the channel; else NULL
 */
struct link {
	struct channel control;
	struct channel data;
	const struct link_ops *ops;
	void *owner;
	int epoll;
	bool hangup[2];
	struct channel *broken;
};

int link_init(struct link *link, const struct link_ops *ops, void *owner,
	      struct failure *failure);
void link_free(struct link *link);
int link_use(struct link *link, uint32_t id, int fd);

int link_watch(struct link *link, int fd, uint32_t id, uint32_t events);
void link_rewatch(struct link *link, int fd, uint32_t id, uint32_t events);
void link_unwatch(struct link *link, int fd);

int link_turn(struct link *link, struct failure *failure);
int link_wait(struct link *link, int timeout_ms);

#endif
