/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A console whose driver copies text and sends it later, on both kinds of
 * kernel: nbcon, where a thread of the console's own prints and may wait for
 * room, and legacy, where text comes in any context and cannot wait.
 */
#ifndef PORTSIDE_COMPAT_CONSOLE_H
#define PORTSIDE_COMPAT_CONSOLE_H

#include <linux/console.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "compat_probed.h"

struct compat_console;

/**
 * struct compat_console_ops - what the driver does
 * @wait: wait until @len bytes of text find room, or longer is no use; only
 *	called in process context, and only where the kernel lets a console wait
 * @put: take text; in any context. @panicking: nobody will run afterwards, so
 *	it has to be sent from here
 */
struct compat_console_ops {
	void (*wait)(struct compat_console *console, unsigned int len);
	void (*put)(struct compat_console *console, const char *text, unsigned int len,
		    bool panicking);
};

/**
 * struct compat_console - a console of either kind
 * @con: the kernel's
 * @ops: the driver's
 * @mutex: one printer at a time
 */
struct compat_console {
	struct console con;
	const struct compat_console_ops *ops;
	struct mutex mutex;
};

#define to_compat_console(pointer) container_of(pointer, struct compat_console, con)

#ifdef HAVE_NBCON

static void compat_console_write_thread(struct console *con, struct nbcon_write_context *wctxt)
{
	struct compat_console *console = to_compat_console(con);

	console->ops->wait(console, wctxt->len);
	if (!nbcon_enter_unsafe(wctxt))
		return;
	console->ops->put(console, wctxt->outbuf, wctxt->len, false);
	nbcon_exit_unsafe(wctxt);
}

static void compat_console_write_atomic(struct console *con, struct nbcon_write_context *wctxt)
{
	struct compat_console *console = to_compat_console(con);
	bool panicking = ACCESS_PRIVATE(wctxt, ctxt).prio == NBCON_PRIO_PANIC;

	if (!nbcon_enter_unsafe(wctxt))
		return;
	console->ops->put(console, wctxt->outbuf, wctxt->len, panicking);
	nbcon_exit_unsafe(wctxt);
}

static void compat_console_device_lock(struct console *con, unsigned long *flags)
{
	mutex_lock(&to_compat_console(con)->mutex);
	migrate_disable();
}

static void compat_console_device_unlock(struct console *con, unsigned long flags)
{
	migrate_enable();
	mutex_unlock(&to_compat_console(con)->mutex);
}

static inline void compat_console_init(struct compat_console *console)
{
	mutex_init(&console->mutex);
	console->con.flags |= CON_NBCON;
	console->con.write_thread = compat_console_write_thread;
	console->con.write_atomic = compat_console_write_atomic;
	console->con.device_lock = compat_console_device_lock;
	console->con.device_unlock = compat_console_device_unlock;
}

#else

/*
 * Notifiers tell of a panic too late: the one of a paravirtual machine may end
 * it first. The message itself comes in time.
 */
static inline bool compat_console_panics(const char *text, unsigned int len)
{
	return oops_in_progress && irqs_disabled() &&
	       strnstr(text, "Kernel panic - not syncing", len);
}

static void compat_console_write(struct console *con, const char *text, unsigned int len)
{
	struct compat_console *console = to_compat_console(con);
	static bool panicking;

	if (unlikely(oops_in_progress) && compat_console_panics(text, len))
		panicking = true;
	console->ops->put(console, text, len, panicking);
}

static inline void compat_console_init(struct compat_console *console)
{
	console->con.write = compat_console_write;
}

#endif

/* Not in a handler that may have interrupted a host controller's. */
static inline bool compat_in_hardirq(void)
{
#ifdef in_hardirq
	return in_hardirq();
#else
	return in_irq();
#endif
}

#endif
