/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file being received: written under a temporary name in the directory of its
 * destination, found again after an interruption, and renamed when it is whole.
 */
#ifndef PORTSIDE_PARTIAL_H
#define PORTSIDE_PARTIAL_H

#include "message.h"

/* Files from this size on are worth resuming. */
#define PARTIAL_RESUMABLE (1024 * 1024)

#define PARTIAL_NAME_SIZE 32 /* .portside-XXXXXXXXXXXXXXXX.part */

/**
 * struct partial - a file being received
 * @directory: descriptor of the directory, owned by the caller
 * @fd: of the temporary file, or -1
 * @name: of the temporary file
 * @position: bytes of content so far
 * @flushed: how far writing back to disk has been started
 * @resumable: worth keeping when cut off
 */
struct partial {
	int directory;
	int fd;
	char name[PARTIAL_NAME_SIZE];
	uint64_t position;
	uint64_t flushed;
	bool resumable;
};

int partial_open(struct partial *partial, int directory, const char *name,
		 const struct entry *entry, bool resume);
int partial_write(struct partial *partial, const uint8_t *bytes, size_t count);
int partial_skip(struct partial *partial, uint64_t count);
int partial_commit(struct partial *partial, const char *name, const struct entry *entry,
		   bool flush);
void partial_drop(struct partial *partial);
void partial_keep(struct partial *partial);

#endif
