/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines: what bytes to and from gdb travel over. A core never knows which.
 *
 * Two kinds of callers, never mixed:
 *  - open, close, watch and unwatch run in process context under the module's
 *    mutex and may sleep. Whatever the other calls will need, memory, mappings,
 *    interrupts, is taken in open.
 *  - read, write, flush, hush and host_present belong to the debugger: one CPU at a
 *    time, which the core sees to. They run in any context, also in an NMI, with
 *    any other CPU stopped at any instruction. They take no lock that code
 *    outside the line takes, allocate nothing, print nothing and never wait for
 *    ever.
 *
 * While the kernel runs, a line that can tells the core of input (watch): it
 * keeps what has arrived for a later read. Where the host cannot interrupt, SysRq g
 * stays.
 */
#ifndef KGDBOC_LINE_H
#define KGDBOC_LINE_H

#include <linux/types.h>

#include "config.h"

struct console;
struct kgdboc_line;

struct kgdboc_line_ops {
	const char *name;
	/*
	 * Makes the line usable. Line->config says what was asked for.
	 * 0; -EPROBE_DEFER: the tty or port is not there, it may come;
	 * another error: never with this parameter.
	 */
	int (*open)(struct kgdboc_line *line);
	void (*close)(struct kgdboc_line *line);
	/* The bytes that have arrived, at most @len; 0 when there are none. */
	size_t (*read)(struct kgdboc_line *line, u8 *buf, size_t len);
	/*
	 * Takes bytes for the host, waiting a bounded time for room. Returns how
	 * many it took: fewer than @len when the host does not read.
	 */
	size_t (*write)(struct kgdboc_line *line, const u8 *buf, size_t len);
	/* What was written goes out now: call it once a packet. May be NULL. */
	void (*flush)(struct kgdboc_line *line);
	/*
	 * The kernel stands: input calls for no interrupt, which would be taken at
	 * the next step; or it runs on, and what has come meanwhile calls. May be
	 * NULL.
	 */
	void (*hush)(struct kgdboc_line *line, bool stands);
	/* Somebody is at the host's end. NULL: the line cannot know. */
	bool (*host_present)(struct kgdboc_line *line);
	/*
	 * From now on calls kgdboc_line_input() when something arrives while the
	 * kernel runs, from an interrupt on any CPU. NULL: it cannot.
	 */
	int (*watch)(struct kgdboc_line *line);
	/* No call is under way when it returns. */
	void (*unwatch)(struct kgdboc_line *line);
};

struct kgdboc_line {
	const struct kgdboc_line_ops *ops;
	struct kgdboc_config config;
	bool watched;
	void *data;		/* the line's own, from open to close */
	struct console *console;	/* the printk console on the same line, or NULL */
	bool changes_line_ends;	/* sends CR LF for LF: binary replies must escape LF */
	/*
	 * Set by the core before watch: gdb asks for attention with @byte, '$' or
	 * 0x03. The byte is still there for read. In interrupt context.
	 */
	void (*break_in)(struct kgdboc_line *line, u8 byte);
};

const struct kgdboc_line_ops *kgdboc_line_find(const struct kgdboc_config *config);
void kgdboc_line_input(struct kgdboc_line *line, const u8 *bytes, size_t len);
int kgdboc_line_open(struct kgdboc_line *line, const struct kgdboc_config *config);
void kgdboc_line_close(struct kgdboc_line *line);
int kgdboc_line_watch(struct kgdboc_line *line);
void kgdboc_line_unwatch(struct kgdboc_line *line);
void kgdboc_line_hush(struct kgdboc_line *line, bool stands);
bool kgdboc_line_host_present(struct kgdboc_line *line);

bool kgdboc_uart_serves(const struct kgdboc_config *config);

extern const struct kgdboc_line_ops kgdboc_line_uart;
extern const struct kgdboc_line_ops kgdboc_line_vport;
extern const struct kgdboc_line_ops kgdboc_line_tty;

#endif
