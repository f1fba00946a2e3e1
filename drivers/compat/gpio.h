/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct gpio_chip of the newest kernel on older ones: .set and .set_multiple
 * return an error. COMPAT_GPIO_SET() and COMPAT_GPIO_SET_MULTIPLE() give the
 * initialiser for whichever field this kernel has; COMPAT_GPIO_WRAPPERS()
 * defines what that needs.
 */
#ifndef PORTSIDE_COMPAT_GPIO_H
#define PORTSIDE_COMPAT_GPIO_H

#include <linux/gpio/driver.h>

#include "compat_probed.h"

#if defined(HAVE_GPIO_SET_INT)
#define COMPAT_GPIO_WRAPPERS(set_fn, multiple_fn)
#define COMPAT_GPIO_SET(fn) .set = fn
#define COMPAT_GPIO_SET_MULTIPLE(fn) .set_multiple = fn
#elif defined(HAVE_GPIO_SET_RV)
#define COMPAT_GPIO_WRAPPERS(set_fn, multiple_fn)
#define COMPAT_GPIO_SET(fn) .set_rv = fn
#define COMPAT_GPIO_SET_MULTIPLE(fn) .set_multiple_rv = fn
#else
#define COMPAT_GPIO_WRAPPERS(set_fn, multiple_fn)				\
static void set_fn##_compat(struct gpio_chip *gc, unsigned int line, int value)	\
{										\
	set_fn(gc, line, value);						\
}										\
static void multiple_fn##_compat(struct gpio_chip *gc, unsigned long *mask,	\
				 unsigned long *bits)				\
{										\
	multiple_fn(gc, mask, bits);						\
}
#define COMPAT_GPIO_SET(fn) .set = fn##_compat
#define COMPAT_GPIO_SET_MULTIPLE(fn) .set_multiple = fn##_compat
#endif

#endif
