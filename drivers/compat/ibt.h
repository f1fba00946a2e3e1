/* SPDX-License-Identifier: GPL-2.0 */
/* Whether an instruction is a landing pad, given itself instead of its address. */
#ifndef PORTSIDE_COMPAT_IBT_H
#define PORTSIDE_COMPAT_IBT_H

#include <linux/types.h>

#include "compat_probed.h"

#ifdef HAVE_ASM_IBT
#include <asm/ibt.h>
#endif

static inline bool compat_is_endbr(u32 first)
{
#ifndef HAVE_ASM_IBT
	return false;
#elif defined(HAVE_IS_ENDBR_OF_VALUE)
	return __is_endbr(first);
#else
	return is_endbr(first);
#endif
}

#endif
