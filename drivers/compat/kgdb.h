/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's debugger: whether a locked down kernel refuses it. Kernels
 * without the reason of its own for debuggers use the one for raw memory. And
 * how many bits of an address count, 0 where all do.
 */
#ifndef PORTSIDE_COMPAT_KGDB_H
#define PORTSIDE_COMPAT_KGDB_H

#include <linux/security.h>
#include <asm/page.h>

#include "compat_probed.h"

static inline bool compat_kgdb_locked_down(void)
{
#ifdef HAVE_LOCKDOWN_DBG_WRITE
	return security_locked_down(LOCKDOWN_DBG_WRITE_KERNEL);
#else
	return security_locked_down(LOCKDOWN_DEV_MEM);
#endif
}

static inline unsigned int compat_address_bits(void)
{
#ifdef CONFIG_X86_64
	return __VIRTUAL_MASK_SHIFT + 1;
#else
	return 0;
#endif
}

#endif
