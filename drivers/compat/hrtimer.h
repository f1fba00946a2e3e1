/* SPDX-License-Identifier: GPL-2.0 */
/* hrtimer_setup() of the newest kernel on older ones. */
#ifndef PORTSIDE_COMPAT_HRTIMER_H
#define PORTSIDE_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>

#include "compat_probed.h"

#ifndef HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif
