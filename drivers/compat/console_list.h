/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looking through the registered printk consoles. Since 6.2 the list has SRCU;
 * before, the console lock protects it.
 */
#ifndef PORTSIDE_COMPAT_CONSOLE_LIST_H
#define PORTSIDE_COMPAT_CONSOLE_LIST_H

#include <linux/console.h>
#include <linux/tty_driver.h>

#include "compat_probed.h"

/* Whether a console is on the given tty. */
static inline bool compat_console_is_on(struct console *console, struct tty_driver *driver,
					int index)
{
	int console_index;

	return console->device && console->device(console, &console_index) == driver &&
	       console_index == index;
}

/**
 * compat_console_of_tty - the printk console on a tty
 * @driver: the tty's driver
 * @index: its number
 *
 * Context: process, may sleep.
 * Return: the console, or NULL.
 */
static inline struct console *compat_console_of_tty(struct tty_driver *driver, int index)
{
	struct console *console, *found = NULL;
#ifdef HAVE_CONSOLE_SRCU
	int cookie;

	console_lock();
	cookie = console_srcu_read_lock();
	for_each_console_srcu(console)
		if (!found && compat_console_is_on(console, driver, index))
			found = console;
	console_srcu_read_unlock(cookie);
#else
	console_lock();
	for_each_console(console)
		if (!found && compat_console_is_on(console, driver, index))
			found = console;
#endif
	console_unlock();
	return found;
}

#endif
