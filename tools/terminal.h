/* SPDX-License-Identifier: GPL-2.0 */
/* The user's terminal: raw mode, its size, and the way out of a session that hangs. */
#ifndef PORTSIDE_TERMINAL_H
#define PORTSIDE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

/**
 * struct escape - looks for "~." at the beginning of a line
 * @middle: not at the beginning of a line
 * @tilde: the last byte was a "~" at the beginning of a line, kept back
 */
struct escape {
	bool middle;
	bool tilde;
};

bool terminal_raw(void);
void terminal_restore(void);
void terminal_size(struct window_size *window);
bool escape_filter(struct escape *escape, const uint8_t *in, size_t count, uint8_t *out,
		   size_t *kept);

#endif
