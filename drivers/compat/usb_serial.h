/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The callbacks of struct usb_serial_driver as the newest kernel has them.
 * Where an older one wants another type, a _WRAPPER macro defines callbacks of
 * that type around them, and COMPAT_...(name) is what to register.
 */
#ifndef PORTSIDE_COMPAT_USB_SERIAL_H
#define PORTSIDE_COMPAT_USB_SERIAL_H

#include <linux/tty.h>
#include <linux/usb.h>
#include <linux/usb/serial.h>

#include "compat_probed.h"

#ifdef HAVE_USB_SERIAL_SET_TERMIOS_CONST
#define COMPAT_OLD_TERMIOS const struct ktermios
#else
#define COMPAT_OLD_TERMIOS struct ktermios
#endif

#ifdef HAVE_USB_SERIAL_BREAK_INT
#define COMPAT_BREAK_WRAPPER(fn)
#define COMPAT_BREAK(fn) fn
#else
#define COMPAT_BREAK_WRAPPER(fn)						\
static void fn##_compat(struct tty_struct *tty, int state)			\
{										\
	fn(tty, state);								\
}
#define COMPAT_BREAK(fn) fn##_compat
#endif

#ifdef HAVE_USB_SERIAL_VOID
#define COMPAT_VOID_WRAPPERS(remove_fn, get_serial_fn)
#define COMPAT_PORT_REMOVE(fn) fn
#define COMPAT_GET_SERIAL(fn) fn
#else
/* What usbserial itself fills in where the callback returns nothing. */
static inline void compat_fill_serial(struct tty_struct *tty, struct serial_struct *ss)
{
	const struct usb_serial_port *port = tty->driver_data;
	unsigned int wait = port->port.closing_wait;

	ss->line = port->minor;
	ss->close_delay = jiffies_to_msecs(port->port.close_delay) / 10;
	ss->closing_wait = wait == ASYNC_CLOSING_WAIT_NONE ? wait : jiffies_to_msecs(wait) / 10;
}

#define COMPAT_VOID_WRAPPERS(remove_fn, get_serial_fn)				\
static int remove_fn##_compat(struct usb_serial_port *port)			\
{										\
	remove_fn(port);							\
	return 0;								\
}										\
static int get_serial_fn##_compat(struct tty_struct *tty, struct serial_struct *ss) \
{										\
	compat_fill_serial(tty, ss);						\
	get_serial_fn(tty, ss);							\
	return 0;								\
}
#define COMPAT_PORT_REMOVE(fn) fn##_compat
#define COMPAT_GET_SERIAL(fn) fn##_compat
#endif

#ifdef HAVE_USB_SERIAL_ROOM_UNSIGNED
#define COMPAT_ROOM_WRAPPER(fn)
#define COMPAT_ROOM(fn) fn
#else
#define COMPAT_ROOM_WRAPPER(fn)							\
static int fn##_compat(struct tty_struct *tty)					\
{										\
	return fn(tty);								\
}
#define COMPAT_ROOM(fn) fn##_compat
#endif

#endif
