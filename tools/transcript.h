/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What put and get tell about a transfer: one line an entry that failed (or about each, with
 * --digest or --json), one about the whole.
 */
#ifndef PORTSIDE_TRANSCRIPT_H
#define PORTSIDE_TRANSCRIPT_H

#include "operation.h"
#include "options.h"
#include "progress.h"

/**
 * struct transcript - what happened so far
 * @progress: the line on the terminal
 * @quiet: errors only
 * @json: JSON lines
 * @each: a line for each file with its digest
 * @digest: name of the digest
 * @verb: "put" or "get"
 * @done: entries that arrived
 * @kept: entries that were there already
 * @failed: entries that did not arrive
 * @bytes: content that arrived
 * @status: the first failed entry's exit status
 */
struct transcript {
	struct progress progress;
	bool quiet;
	bool json;
	bool each;
	const char *digest;
	const char *verb;
	uint64_t done;
	uint64_t kept;
	uint64_t failed;
	uint64_t bytes;
	enum status status;
};

void transcript_observer(struct transcript *transcript, struct observer *observer);
int transcript_end(struct transcript *transcript, int result, const struct failure *failure);

#endif
