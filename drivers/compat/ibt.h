/* SPDX-License-Identifier: GPL-2.0 */
/* Whether an instruction is a landing pad, given itself instead of its address. */
#ifndef PORTSIDE_COMPAT_IBT_H
#define PORTSIDE_COMPAT_IBT_H

#include <asm/ibt.h>

#include "compat_probed.h"

static inline bool compat_is_endbr(u32 first)
{
#ifdef HAVE_IS_ENDBR_OF_VALUE
	return __is_endbr(first);
#else
	return is_endbr(first);
#endif
}

#endif
