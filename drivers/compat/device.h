/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Device classes as the newest kernel has them: class_create() takes a name
 * only, and the uevent callback a const device.
 */
#ifndef PORTSIDE_COMPAT_DEVICE_H
#define PORTSIDE_COMPAT_DEVICE_H

#include <linux/device.h>

#include "compat_probed.h"

#ifndef HAVE_CLASS_CREATE_ONE_ARG
#undef class_create
#define class_create(name)						\
({									\
	static struct lock_class_key __key;				\
	__class_create(THIS_MODULE, name, &__key);			\
})
#endif

#ifdef HAVE_CLASS_UEVENT_CONST
#define COMPAT_UEVENT_DEVICE const struct device
#else
#define COMPAT_UEVENT_DEVICE struct device
#endif

#endif
