/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cores: what stops the kernel and answers gdb. There are two, of which one is
 * attached to the line at a time: the kernel's own debugger (core_kgdb.c) and
 * ours (core/).
 */
#ifndef KGDBOC_CORE_H
#define KGDBOC_CORE_H

#include <linux/types.h>

#include "line.h"

struct kgdboc_core_ops {
	const char *name;	/* as core= has it */
	/* Whether this kernel, as it runs now, can be debugged so; if not, why. */
	bool (*available)(const char **why);
	/*
	 * Debug over this line, which is open and stays open until detach. With
	 * @stop the kernel is stopped before it returns. Sets line->break_in and
	 * watches the line, if it can. Process context, under the module's mutex.
	 */
	int (*attach)(struct kgdboc_line *line, bool stop);
	/* Undo attach: breakpoints are gone, nothing of the line is used again. */
	void (*detach)(void);
	/* gdb is in a session: the line cannot be changed now. */
	bool (*busy)(void);
	/* Breaks in now, as SysRq g does. Any context. */
	void (*stop)(void);
};

extern const struct kgdboc_core_ops kgdboc_core_kgdb;
extern const struct kgdboc_core_ops kgdboc_core_own;

#endif
