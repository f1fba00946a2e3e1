/* SPDX-License-Identifier: GPL-2.0 */
/* A line on the terminal that tells how far a transfer is. */
#ifndef PORTSIDE_PROGRESS_H
#define PORTSIDE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

/**
 * struct progress - how far a transfer is
 * @shown: there is a terminal to draw on
 * @drawn: a line is on it
 * @started_ms: when it began
 * @drawn_ms: when the line was last drawn
 * @bytes: content passed so far
 * @total: content in all, or UNKNOWN_TOTAL
 * @rate: bytes a second, smoothed
 * @rate_bytes: @bytes when @rate was last brought up to date
 * @rate_ms: when that was
 * @name: what is being transferred
 */
struct progress {
	bool shown;
	bool drawn;
	int64_t started_ms;
	int64_t drawn_ms;
	uint64_t bytes;
	uint64_t total;
	double rate;
	uint64_t rate_bytes;
	int64_t rate_ms;
	char name[NAME_SIZE];
};

void progress_begin(struct progress *progress, const char *name, bool wanted);
void progress_tick(struct progress *progress);
void progress_erase(struct progress *progress);

#endif
