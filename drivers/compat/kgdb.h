/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's debugger: whether a locked down kernel refuses it. Kernels
 * without the reason of its own for debuggers use the one for raw memory.
 */
#ifndef PORTSIDE_COMPAT_KGDB_H
#define PORTSIDE_COMPAT_KGDB_H

#include <linux/security.h>

#include "compat_probed.h"

static inline bool compat_kgdb_locked_down(void)
{
#ifdef HAVE_LOCKDOWN_DBG_WRITE
	return security_locked_down(LOCKDOWN_DBG_WRITE_KERNEL);
#else
	return security_locked_down(LOCKDOWN_DEV_MEM);
#endif
}

#endif
