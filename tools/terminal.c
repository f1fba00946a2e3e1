// SPDX-License-Identifier: GPL-2.0
/* The user's terminal while a command in the guest has it. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "terminal.h"

static struct termios before;
static bool is_raw;

/**
 * terminal_restore() - put the terminal back as it was
 */
void terminal_restore(void)
{
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	is_raw = false;
}

/**
 * terminal_raw() - pass every key on as it is
 *
 * The terminal is put back at the end of the program at the latest.
 *
 * Return: false if stdin is not a terminal.
 */
bool terminal_raw(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &before))
		return false;
	raw = before;
	cfmakeraw(&raw);
	atexit(terminal_restore);
	is_raw = !tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	return is_raw;
}

/**
 * terminal_size() - how large the terminal is
 * @window: receives rows and columns, 0 if not known
 */
void terminal_size(struct window_size *window)
{
	struct winsize size = { 0 };

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	window->rows = size.ws_row;
	window->columns = size.ws_col;
}

/**
 * escape_filter() - look for the way out in what was typed
 * @escape: state, zero at the beginning
 * @in: what was typed
 * @count: of @in
 * @out: receives what is to be passed on, up to @count + 1 bytes
 * @kept: receives how many
 *
 * As with ssh: Enter ~ . is the way out, Enter ~ ~ is one "~".
 *
 * Return: true if the user wants out.
 */
bool escape_filter(struct escape *escape, const uint8_t *in, size_t count, uint8_t *out,
		   size_t *kept)
{
	*kept = 0;
	for (size_t i = 0; i < count; i++) {
		if (escape->tilde && in[i] == '.')
			return true;
		if (escape->tilde && in[i] != '~')
			out[(*kept)++] = '~';
		if (!escape->tilde && !escape->middle && in[i] == '~') {
			escape->tilde = true;
			continue;
		}
		escape->tilde = false;
		escape->middle = in[i] != '\r' && in[i] != '\n';
		out[(*kept)++] = in[i];
	}
	return false;
}
