/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An operation: what goes on in a session between a request and its end, such as
 * receiving files. The session (agent.c, client.c) hands it the frames that are its own.
 */
#ifndef PORTSIDE_OPERATION_H
#define PORTSIDE_OPERATION_H

#include "link.h"

struct operation;

/**
 * struct operation_ops - one kind of operation; as in struct link_ops
 * @control: a control frame that the session does not handle itself
 * @data: a frame or a piece of one on the data channel
 * @takes_data: may @data be called now? NULL: always
 * @produce: work to do, or data to send; NULL: never
 * @event: a watched descriptor has events; NULL: there is none
 * @summary: counts so far; NULL: there are none
 * @release: end it, finished or not, undo what is half done and free it
 */
struct operation_ops {
	int (*control)(struct operation *operation, const struct frame *frame,
		       struct failure *failure);
	int (*data)(struct operation *operation, const struct frame *frame,
		    struct failure *failure);
	bool (*takes_data)(struct operation *operation);
	int (*produce)(struct operation *operation, struct failure *failure);
	void (*event)(struct operation *operation, uint32_t id, uint32_t events);
	void (*summary)(const struct operation *operation, struct summary *summary);
	void (*release)(struct operation *operation);
};

/**
 * struct operation - the common part, first in every kind
 * @ops: its kind
 * @link: where it reads and writes
 * @finished: it has come to its end; set by the operation
 */
struct operation {
	const struct operation_ops *ops;
	struct link *link;
	bool finished;
};

/**
 * struct report - how one entry of a transfer ended
 * @path: relative, begins with the name at the destination
 * @kind: enum entry_kind
 * @status: enum result_status
 * @size: bytes of content
 * @digest: what the reporting end computed, and the other end confirmed; or ""
 * @text: why it is not done, printable, or ""
 * @far: it is the other end that says so
 */
struct report {
	const char *path;
	uint8_t kind;
	uint8_t status;
	uint64_t size;
	const char *digest;
	const char *text;
	bool far;
};

/**
 * struct observer - who is told how a transfer goes on; all may be NULL
 * @owner: for the functions
 * @report: an entry was decided
 * @total: the sender has counted
 * @progress: @bytes more of content were passed on or found to be there already
 */
struct observer {
	void *owner;
	void (*report)(void *owner, const struct report *report);
	void (*total)(void *owner, const struct total *total);
	void (*progress)(void *owner, uint64_t bytes);
};

int operation_unexpected(const struct frame *frame, struct failure *failure);

#endif
