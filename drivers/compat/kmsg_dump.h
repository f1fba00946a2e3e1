/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the kernel's log line by line while nobody else runs. */
#ifndef PORTSIDE_COMPAT_KMSG_DUMP_H
#define PORTSIDE_COMPAT_KMSG_DUMP_H

#include <linux/kmsg_dump.h>

#include "compat_probed.h"

#ifdef HAVE_KMSG_DUMP_ITER
static inline bool compat_kmsg_dump_is_lockless(void)
{
	return true;
}
#else
/* What is exported takes the log's lock: there is nothing to read then. */
#define kmsg_dump_iter kmsg_dumper

static inline bool compat_kmsg_dump_is_lockless(void)
{
	return false;
}

static inline void compat_kmsg_dump_rewind(struct kmsg_dumper *iter)
{
}
#define kmsg_dump_rewind compat_kmsg_dump_rewind

static inline bool compat_kmsg_dump_get_line(struct kmsg_dumper *iter, bool syslog, char *line,
					     size_t size, size_t *len)
{
	return false;
}
#define kmsg_dump_get_line compat_kmsg_dump_get_line
#endif

#endif
