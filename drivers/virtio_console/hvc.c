// SPDX-License-Identifier: GPL-2.0
/*
 * Console ports: lines of the kernel's hvc core, which makes /dev/hvcN and the
 * printk console of them. Output is queued and never waits for the host, but
 * when the machine goes down: then it is brought out by bounded polling, and
 * where even that fails, by the device's emergency register.
 */
#include <linux/kernel.h>
#include <linux/kgdb.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/virtio_config.h>
#include <linux/xarray.h>

#include "../compat/hvc.h"
#include "../compat/panic_notifier.h"
#include "trace.h"
#include "virtio_console.h"

#define CONSOLE_RX_BUFFERS 8
#define FULL_PATIENCE_US 100000		/* printk waits so long for a host that takes nothing */
#define LAST_PATIENCE_US 500000		/* when there will be no later */
#define TTY_ROOM_MS 10

/* Lines by vtermno, which starts at 1 and is reused: hvc index + 1 for the first. */
static DEFINE_XARRAY_ALLOC1(consoles);

/* The port of a line. Under rcu_read_lock(). */
static struct vcon_port *console_find(u32 vtermno)
{
	return xa_load(&consoles, vtermno);
}

/* No callback will ever come to push what is queued. */
static bool going_down(void)
{
	return system_state > SYSTEM_RUNNING || oops_in_progress;
}

static long console_get_chars(u32 vtermno, char *buf, int count)
{
	struct vcon_port *port;
	long ret = -EPIPE;

	rcu_read_lock();
	port = console_find(vtermno);
	/* No callback sends what has queued up behind a stopped kernel's last words. */
	if (port && in_dbg_master())
		vcon_tx_poll_out(port, FULL_PATIENCE_US, false);
	if (port)
		ret = vcon_rx_get_chars(port, buf, count);
	rcu_read_unlock();
	return ret;
}

static long console_put_chars(u32 vtermno, const char *buf, int count)
{
	struct vcon_port *port;
	long ret = -EPIPE;

	rcu_read_lock();
	port = console_find(vtermno);
	if (port)
		ret = vcon_tx_put(port, buf, count);
	/* The core would try for ever while the kernel stands. */
	if (port && ret <= 0 && in_dbg_master()) {
		vcon_tx_poll_out(port, FULL_PATIENCE_US, false);
		ret = vcon_tx_put(port, buf, count);
		if (ret <= 0)
			ret = count;
	}
	rcu_read_unlock();
	return ret;
}

/*
 * The core calls this between two tries to write (@wait: from a tty's writer,
 * which may sleep) and after each printk record.
 */
static int console_flush(u32 vtermno, bool wait)
{
	struct vcon_port *port;
	bool last = going_down();

	rcu_read_lock();
	port = console_find(vtermno);
	if (port && wait && !last)
		vcon_port_get(port);
	else if (port)
		vcon_tx_poll_out(port, last ? LAST_PATIENCE_US : FULL_PATIENCE_US, last);
	rcu_read_unlock();
	if (port && wait && !last) {
		vcon_tx_wait_room(port, TTY_ROOM_MS);
		vcon_port_put(port);
	}
	return 0;
}

static int console_notifier_add(struct hvc_struct *hp, int irq);

static void console_notifier_del(struct hvc_struct *hp, int irq)
{
}

static const struct hv_ops console_ops = {
	.get_chars = console_get_chars,
	.put_chars = console_put_chars,
	.flush = console_flush,
	.notifier_add = console_notifier_add,
	.notifier_del = console_notifier_del,
	.notifier_hangup = console_notifier_del,
};

/* A tty on the line was opened. */
static int console_notifier_add(struct hvc_struct *hp, int irq)
{
	struct vcon_port *port;

	compat_hvc_set_irq_driven(hp, &console_ops, true);
	rcu_read_lock();
	port = console_find(irq);
	if (port && port->console.size.ws_col)
		compat_hvc_resize(hp, port->console.size);
	rcu_read_unlock();
	return 0;
}

/* A port that could not become a console is a plain one again. */
static void console_undo(struct vcon_port *port)
{
	xa_erase(&consoles, port->console.vtermno);
	port->console.vtermno = 0;
	mutex_lock(&port->open_mutex);
	port->is_console = false;
	port->guest_connected = false;
	vcon_rx_stop(port->slot);
	vcon_tx_release(port);
	mutex_unlock(&port->open_mutex);
}

/**
 * vcon_console_add - make a port a console
 * @port: the port, not open in user space
 *
 * Context: control worker, probe or restore; may sleep.
 * Return: 0, -EBUSY when user space was faster, or another error.
 */
int vcon_console_add(struct vcon_port *port)
{
	struct vcon_console *console = &port->console;
	struct hvc_struct *hvc;
	int err;

	mutex_lock(&port->open_mutex);
	err = port->guest_connected ? -EBUSY : 0;
	if (!err)
		err = vcon_tx_console_buffers(port->slot);
	if (!err)
		err = vcon_rx_start(port->slot, CONSOLE_RX_BUFFERS);
	if (!err) {
		port->is_console = true;
		port->guest_connected = true;
	}
	mutex_unlock(&port->open_mutex);
	if (err)
		return err;

	err = xa_alloc(&consoles, &console->vtermno, port, xa_limit_31b, GFP_KERNEL);
	if (err) {
		console_undo(port);
		return err;
	}
	/* The core hands its irq argument back: it carries the vtermno. */
	hvc = hvc_alloc(console->vtermno, console->vtermno, &console_ops, PAGE_SIZE);
	if (IS_ERR(hvc)) {
		console_undo(port);
		return PTR_ERR(hvc);
	}
	if (!compat_hvc_find_ops(hvc, &console_ops))
		dev_warn(&port->slot->dev->vdev->dev,
			 "this kernel's hvc core is unknown: hvc lines are polled\n");
	console->index = compat_hvc_index(hvc);
	if (console->index >= HVC_TTY_LINES)
		dev_warn(&port->slot->dev->vdev->dev,
			 "port %u: the hvc core has %d ttys, so this console has none\n",
			 port->slot->id, HVC_TTY_LINES);
	spin_lock_irq(&console->lock);
	console->hvc = hvc;
	spin_unlock_irq(&console->lock);
	return 0;
}

/**
 * vcon_console_remove - take the hvc line from a port
 * @port: the port, gone; nothing happens if it is no console
 *
 * Context: process, sleeps.
 */
void vcon_console_remove(struct vcon_port *port)
{
	struct vcon_console *console = &port->console;
	struct hvc_struct *hvc;

	if (!port->is_console)
		return;
	xa_erase(&consoles, console->vtermno);
	spin_lock_irq(&console->lock);
	hvc = console->hvc;
	console->hvc = NULL;
	spin_unlock_irq(&console->lock);
	if (hvc)
		hvc_remove(hvc);
}

/**
 * vcon_console_poll - let the core read what came and write what waits
 * @port: a console
 *
 * Context: interrupt, under rcu_read_lock().
 */
void vcon_console_poll(struct vcon_port *port)
{
	struct vcon_console *console = &port->console;
	unsigned long flags;

	spin_lock_irqsave(&console->lock, flags);
	if (console->hvc && hvc_poll(console->hvc))
		hvc_kick();
	spin_unlock_irqrestore(&console->lock, flags);
}

/**
 * vcon_console_set_size - give a console's tty a window size
 * @port: a console
 * @columns: character cells in a row
 * @rows: rows
 *
 * Context: process.
 */
void vcon_console_set_size(struct vcon_port *port, u16 columns, u16 rows)
{
	struct vcon_console *console = &port->console;

	spin_lock_irq(&console->lock);
	console->size.ws_col = columns;
	console->size.ws_row = rows;
	if (console->hvc)
		compat_hvc_resize(console->hvc, console->size);
	spin_unlock_irq(&console->lock);
}

/**
 * vcon_console_emergency - write without queues, locks or memory
 * @port: a console
 * @data: the characters
 * @len: how many
 *
 * For when the queue's lock is held by a CPU that will not let it go. The
 * device writes to its first console. Each character is one register write.
 *
 * Source: virtio 1.2, 5.3.4, emerg_wr.
 */
void vcon_console_emergency(struct vcon_port *port, const char *data, int len)
{
	struct virtio_device *vdev = port->slot->dev->vdev;
	int i;

	if (port->gone || !virtio_has_feature(vdev, VIRTIO_CONSOLE_F_EMERG_WRITE))
		return;
	for (i = 0; i < len; i++) {
		__virtio32 value = cpu_to_virtio32(vdev, (u8)data[i]);

		vdev->config->set(vdev, offsetof(struct virtio_console_config, emerg_wr), &value,
				  sizeof(value));
	}
}

static void console_last_words(struct vcon_port *port)
{
	vcon_tx_poll_out(port, LAST_PATIENCE_US, true);
}

static int console_panic(struct notifier_block *nb, unsigned long event, void *message)
{
	vcon_for_each_port(console_last_words);
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = { .notifier_call = console_panic };
static struct notifier_block reboot_block = { .notifier_call = console_panic };

/**
 * vcon_console_init - be told of panics and reboots
 *
 * Return: 0 or an error of the reboot notifier.
 */
int vcon_console_init(void)
{
	int err = register_reboot_notifier(&reboot_block);

	if (err)
		return err;
	atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
	return 0;
}

/**
 * vcon_console_exit - undo vcon_console_init()
 */
void vcon_console_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_block);
	unregister_reboot_notifier(&reboot_block);
}
