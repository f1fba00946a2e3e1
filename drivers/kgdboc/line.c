// SPDX-License-Identifier: GPL-2.0
/*
 * Which line serves a parameter, and what all lines have in common.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "line.h"

/* kdb on the machine's own keyboard and screen has no line beside them. */
static int none_open(struct kgdboc_line *line)
{
	return 0;
}

static void none_close(struct kgdboc_line *line)
{
}

static size_t none_read(struct kgdboc_line *line, u8 *buf, size_t len)
{
	return 0;
}

static size_t none_write(struct kgdboc_line *line, const u8 *buf, size_t len)
{
	return len;
}

static const struct kgdboc_line_ops kgdboc_line_none = {
	.name = "keyboard",
	.open = none_open,
	.close = none_close,
	.read = none_read,
	.write = none_write,
};

/**
 * kgdboc_line_find - the kind of line that a parameter asks for
 * @config: the parameter
 *
 * Return: the line's operations, or NULL when it asks for none.
 */
const struct kgdboc_line_ops *kgdboc_line_find(const struct kgdboc_config *config)
{
	switch (config->kind) {
	case KGDBOC_UART:
		return &kgdboc_line_uart;
	case KGDBOC_VPORT:
		return &kgdboc_line_vport;
	case KGDBOC_TTY:
		if (kgdboc_uart_serves(config))
			return &kgdboc_line_uart;
		return IS_ENABLED(CONFIG_CONSOLE_POLL) ? &kgdboc_line_tty : NULL;
	case KGDBOC_KEYBOARD:
		return &kgdboc_line_none;
	default:
		return NULL;
	}
}

/**
 * kgdboc_line_input - something has arrived while the kernel runs
 * @line: the line, watched
 * @bytes: what has arrived, which stays there for read
 * @len: how much of it can be seen now
 *
 * A packet or gdb's Ctrl-C is a call for attention; anything else, such as an
 * acknowledgment that came late, is not.
 *
 * Context: interrupt.
 */
void kgdboc_line_input(struct kgdboc_line *line, const u8 *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (bytes[i] != '$' && bytes[i] != 0x03)
			continue;
		if (line->break_in)
			line->break_in(line, bytes[i]);
		return;
	}
}

/**
 * kgdboc_line_open - open the line that a parameter asks for
 * @line: the line, not open
 * @config: the parameter
 *
 * Context: process, may sleep.
 * Return: 0; -EPROBE_DEFER when it is not there yet; -ENODEV when there is no such
 * kind of line; another error of the line.
 */
int kgdboc_line_open(struct kgdboc_line *line, const struct kgdboc_config *config)
{
	int err;

	memset(line, 0, sizeof(*line));
	line->config = *config;
	line->ops = kgdboc_line_find(config);
	if (!line->ops)
		return -ENODEV;
	err = line->ops->open(line);
	if (err)
		line->ops = NULL;
	return err;
}

/**
 * kgdboc_line_close - close a line
 * @line: the line; nothing happens if it is not open
 *
 * Context: process, may sleep.
 */
void kgdboc_line_close(struct kgdboc_line *line)
{
	if (!line->ops)
		return;
	line->ops->close(line);
	line->ops = NULL;
}

/**
 * kgdboc_line_watch - let input break into the running kernel
 * @line: the line, open, its break_in set
 *
 * Context: process, may sleep.
 * Return: 0; -EOPNOTSUPP when only SysRq can on this line; another error.
 */
int kgdboc_line_watch(struct kgdboc_line *line)
{
	int err = line->ops->watch ? line->ops->watch(line) : -EOPNOTSUPP;

	line->watched = !err;
	return err;
}

/**
 * kgdboc_line_unwatch - undo kgdboc_line_watch()
 * @line: the line, open
 *
 * Context: process, may sleep.
 */
void kgdboc_line_unwatch(struct kgdboc_line *line)
{
	if (line->watched)
		line->ops->unwatch(line);
	line->watched = false;
}

/**
 * kgdboc_line_hush - interrupts of the line off while the kernel stands
 * @line: the line, open
 * @stands: the kernel has just stopped; false: it is about to run on
 *
 * Context: any, the debugger's.
 */
void kgdboc_line_hush(struct kgdboc_line *line, bool stands)
{
	if (line->watched && line->ops->hush)
		line->ops->hush(line, stands);
}

/**
 * kgdboc_line_host_present - is somebody at the host's end
 * @line: the line, open
 *
 * Context: any.
 * Return: false only when the line knows that nobody is.
 */
bool kgdboc_line_host_present(struct kgdboc_line *line)
{
	return !line->ops->host_present || line->ops->host_present(line);
}
