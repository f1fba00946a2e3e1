/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sending files: the sender of docs/protocol.md, Transfers, on the host for PUT and in
 * the agent for GET.
 */
#ifndef PORTSIDE_SEND_H
#define PORTSIDE_SEND_H

#include "operation.h"

/**
 * struct send_source - one thing to send
 * @path: where it is; a link there is followed
 * @name: first component of the paths that the receiver gets
 */
struct send_source {
	const char *path;
	const char *name;
};

/**
 * struct send_options - what and how
 * @fd: descriptor of the only source, opened by the caller; or -1 to open
 *	@sources[].path. Owned by the operation
 * @sources: the things to send, kept by the caller while the operation lasts
 * @count: of @sources
 * @flags: enum transfer_flags
 * @digest: enum digest_kind
 * @observer: who is told
 */
struct send_options {
	int fd;
	const struct send_source *sources;
	size_t count;
	uint32_t flags;
	uint8_t digest;
	struct observer observer;
};

struct operation *send_start(struct link *link, const struct send_options *options);

#endif
