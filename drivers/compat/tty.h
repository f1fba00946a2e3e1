/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tty layer of the newest kernel on older ones: opening a tty from the
 * kernel, exclusively or not, and the state of its flow control.
 */
#ifndef PORTSIDE_COMPAT_TTY_H
#define PORTSIDE_COMPAT_TTY_H

#include <linux/err.h>
#include <linux/tty.h>

#include "compat_probed.h"

#ifndef HAVE_TTY_KOPEN_SHARED
#define tty_kopen_exclusive tty_kopen
/* There is no way to an open tty: it counts as absent. */
static inline struct tty_struct *tty_kopen_shared(dev_t device)
{
	return ERR_PTR(-ENODEV);
}
#endif

/* Exported, and declared in a header that is not installed. */
int tty_check_change(struct tty_struct *tty);

/* Output was stopped by ^S or tcflow(). */
static inline bool compat_tty_is_stopped(const struct tty_struct *tty)
{
#ifdef HAVE_TTY_FLOW
	return READ_ONCE(tty->flow.stopped);
#else
	return tty->stopped;
#endif
}

#endif
