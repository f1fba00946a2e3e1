/* SPDX-License-Identifier: GPL-2.0 */
/* Where the list of those who are told of a panic is declared. */
#ifndef PORTSIDE_COMPAT_PANIC_NOTIFIER_H
#define PORTSIDE_COMPAT_PANIC_NOTIFIER_H

#include "compat_probed.h"

#ifdef HAVE_PANIC_NOTIFIER
#include <linux/panic_notifier.h>
#else
#include <linux/kernel.h>
#include <linux/notifier.h>
#endif

#endif
