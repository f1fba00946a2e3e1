/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the kernel's log line by line while nobody else runs. */
#ifndef PORTSIDE_COMPAT_KMSG_DUMP_H
#define PORTSIDE_COMPAT_KMSG_DUMP_H

#include <linux/kmsg_dump.h>

#include "compat_probed.h"

#ifndef HAVE_KMSG_DUMP_ITER
#define kmsg_dump_iter kmsg_dumper
#define kmsg_dump_get_line kmsg_dump_get_line_nolock

static inline void compat_kmsg_dump_rewind(struct kmsg_dumper *dumper)
{
	dumper->active = true;
	kmsg_dump_rewind_nolock(dumper);
}
#define kmsg_dump_rewind compat_kmsg_dump_rewind
#endif

#endif
