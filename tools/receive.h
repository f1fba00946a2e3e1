/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receiving files: the receiver of docs/protocol.md, Transfers, in the agent for PUT
 * and on the host for GET.
 */
#ifndef PORTSIDE_RECEIVE_H
#define PORTSIDE_RECEIVE_H

#include "operation.h"

/**
 * struct receive_options - where and how
 * @directory: descriptor of the destination directory; owned by the operation
 * @expected: first component that every path must have; empty for any
 * @name: what replaces the first component; empty to leave it
 * @flags: enum transfer_flags
 * @digest: enum digest_kind
 * @mode_mask: mode bits that are taken over
 * @observer: who is told
 */
struct receive_options {
	int directory;
	char expected[NAME_SIZE];
	char name[NAME_SIZE];
	uint32_t flags;
	uint8_t digest;
	uint32_t mode_mask;
	struct observer observer;
};

struct operation *receive_start(struct link *link, const struct receive_options *options);

#endif
