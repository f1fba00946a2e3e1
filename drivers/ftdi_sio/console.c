// SPDX-License-Identifier: GPL-2.0
/*
 * The system console on a port: console=ttyUSB0,115200n8 on kernels whose
 * usbserial is a module and so has none.
 *
 * printk's text is copied into a store; an irq_work then lets tx.c send from it,
 * so that no URB is ever submitted from within printk, which may have been
 * called by the host controller's driver under its lock. When the store is full
 * a printing thread waits; a legacy console cannot, and says how much was lost.
 *
 * In a panic nothing runs afterwards: text is sent at once, in URBs put aside
 * for that, each of which can be used once.
 */
#include <linux/console.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/kfifo.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../compat/console.h"
#include "../compat/tty.h"
#include "console.h"
#include "ftdi_sio.h"

#define STORE_SIZE 262144	/* more than a stock kernel's whole log as text */
#define LINE_MAX 64		/* of the note about lost text */
#define PATIENCE (5 * HZ)	/* for a line that takes nothing */
#define PANIC_URBS 128
#define PANIC_URB_SIZE 1024
#define PANIC_PATIENCE_US 20000	/* for a lock that another CPU has */
#define RATE_DEFAULT 9600

/**
 * struct ftdi_console - a port's console
 * @console: the kernel's side
 * @fp: the port
 * @announce: registers it once the tty is there
 * @kick: gets out of printk before sending
 * @store: text on its way; one writer (printk sees to that), one reader (tx.lock)
 * @memory: where @store is
 * @room: where printing threads wait for room
 * @lost: bytes that found no room and were not yet reported
 * @stalled: waiting was no use last time
 * @paused: the device sleeps
 * @gone: takes no more text
 * @registered: the kernel knows it
 * @started: the command line named it: the port runs for it
 * @termios: the line as the command line wants it
 * @panic_urbs: for a panic
 * @panic_idle: those of them that were not used
 * @lock_is_dead: in a panic, tx.lock belongs to a CPU that was stopped
 */
struct ftdi_console {
	struct compat_console console;
	struct ftdi_port *fp;
	struct delayed_work announce;
	struct irq_work kick;
	struct kfifo store;
	void *memory;
	wait_queue_head_t room;
	unsigned int lost;
	bool stalled;
	bool paused;
	bool gone;
	bool registered;
	bool started;
	struct ktermios termios;
	struct ftdi_urb *panic_urbs;
	struct list_head panic_idle;
	bool lock_is_dead;
};

/*
 * The driver of all ttyUSB lines, for .device; usbserial does not export it, so
 * it is learned when the first of them is opened. Opening one from here would
 * be exclusive, and the getty that comes at that moment would be turned away.
 */
static struct tty_driver *ttyusb_driver;

static struct ftdi_console *to_ftdi_console(struct compat_console *console)
{
	return container_of(console, struct ftdi_console, console);
}

/* ---- text in ---- */

/* Room for @len bytes when every one is a line end, and for a note of losses. */
static bool has_room(struct ftdi_console *cons, unsigned int len)
{
	return kfifo_avail(&cons->store) >= 2 * len + LINE_MAX;
}

static void report_loss(struct ftdi_console *cons)
{
	char line[LINE_MAX];
	int len = scnprintf(line, sizeof(line), "** %u bytes of the log were lost here **\r\n",
			    cons->lost);

	kfifo_in(&cons->store, line, len);
	cons->lost = 0;
}

/* Line ends become CR LF. */
static void store_text(struct ftdi_console *cons, const char *text, unsigned int len)
{
	const char *end = text + len;

	while (text < end) {
		const char *stop = memchr(text, '\n', end - text);

		if (!stop) {
			kfifo_in(&cons->store, text, end - text);
			return;
		}
		kfifo_in(&cons->store, text, stop - text);
		kfifo_in(&cons->store, "\r\n", 2);
		text = stop + 1;
	}
}

static void panic_send(struct ftdi_console *cons);

static void console_put(struct compat_console *console, const char *text, unsigned int len,
			bool panicking)
{
	struct ftdi_console *cons = to_ftdi_console(console);

	if (READ_ONCE(cons->gone))
		return;
	if (!has_room(cons, len)) {
		cons->lost += len;
	} else {
		if (unlikely(cons->lost))
			report_loss(cons);
		store_text(cons, text, len);
	}
	if (unlikely(panicking))
		panic_send(cons);
	else
		irq_work_queue(&cons->kick);
}

/*
 * For printing threads: waits for room, unless the line takes nothing at all;
 * then the thread goes on and text is lost, counted, until there is room again.
 */
static void console_wait(struct compat_console *console, unsigned int len)
{
	struct ftdi_console *cons = to_ftdi_console(console);

	if (has_room(cons, len)) {
		cons->stalled = false;
		return;
	}
	if (cons->stalled)
		return;
	wait_event_timeout(cons->room, has_room(cons, len) || READ_ONCE(cons->gone), PATIENCE);
	cons->stalled = !has_room(cons, len);
}

static const struct compat_console_ops console_ops = {
	.wait = console_wait,
	.put = console_put,
};

/* ---- text out ---- */

static void kick(struct irq_work *work)
{
	struct ftdi_console *cons = container_of(work, struct ftdi_console, kick);

	ftdi_tx_kick(cons->fp);
}

static void take(struct ftdi_console *cons, struct ftdi_urb *item)
{
	u8 piece[256];
	unsigned int len;

	/* A SIO's frames take a byte each: leave room for them. */
	while (item->len + sizeof(piece) + sizeof(piece) / 32 <= item->size) {
		len = kfifo_out(&cons->store, piece, sizeof(piece));
		if (!len)
			break;
		ftdi_tx_append(cons->fp, item, piece, len);
	}
}

/**
 * ftdi_console_take - fill a URB with the console's text
 * @fp: the port
 * @item: an empty URB
 *
 * Context: any, tx.lock held.
 */
void ftdi_console_take(struct ftdi_port *fp, struct ftdi_urb *item)
{
	struct ftdi_console *cons = fp->console;

	if (!cons || !cons->started || READ_ONCE(cons->gone))
		return;
	take(cons, item);
	if (item->len && wq_has_sleeper(&cons->room))
		wake_up(&cons->room);
}

static void panic_complete(struct urb *urb)
{
	/* Only when it was no panic after all; the URB is not used again. */
}

/*
 * The panicking CPU may hold the host controller's lock, and would wait for it
 * for ever: in an NMI or a hard interrupt, which may have come from there, text
 * stays unsent, unless it is our own callback, where the lock is free.
 */
static bool may_submit(struct ftdi_console *cons)
{
	return !in_nmi() && (!compat_in_hardirq() || ftdi_rx_is_in_callback(cons->fp));
}

static void panic_drain(struct ftdi_console *cons)
{
	struct ftdi_urb *item;

	while (!cons->paused && !kfifo_is_empty(&cons->store)) {
		item = list_first_entry_or_null(&cons->panic_idle, struct ftdi_urb, node);
		if (!item)
			return;
		list_del(&item->node);
		take(cons, item);
		item->urb->transfer_buffer_length = item->len;
		if (usb_submit_urb(item->urb, GFP_ATOMIC))
			return;
	}
}

/*
 * The first lines of a panic come while other CPUs still run and take from the
 * store, too. Later on the one that held the lock may have been stopped: it is
 * not waited for again.
 */
static void panic_send(struct ftdi_console *cons)
{
	unsigned int patience = cons->lock_is_dead ? 1 : PANIC_PATIENCE_US;
	unsigned long flags;

	if (!may_submit(cons))
		return;
	while (patience--) {
		if (spin_trylock_irqsave(&cons->fp->tx.lock, flags)) {
			panic_drain(cons);
			spin_unlock_irqrestore(&cons->fp->tx.lock, flags);
			return;
		}
		udelay(1);
	}
	cons->lock_is_dead = true;
	panic_drain(cons);
}

/* ---- what the kernel asks for ---- */

/* "115200n8r": rate, parity, bits, and r for RTS/CTS; each may be left out. */
static void parse_options(const char *options, struct ktermios *termios)
{
	unsigned int rate = RATE_DEFAULT, bits = 8;
	char parity = 'n', flow = 'n';

	if (options)
		sscanf(options, "%u%c%1u%c", &rate, &parity, &bits, &flow);
	termios->c_cflag = CREAD | HUPCL | CLOCAL | (bits == 7 ? CS7 : CS8);
	if (parity == 'o' || parity == 'e')
		termios->c_cflag |= PARENB | (parity == 'o' ? PARODD : 0);
	if (flow == 'r')
		termios->c_cflag |= CRTSCTS;
	tty_termios_encode_baud_rate(termios, rate, rate);
}

static int alloc(struct ftdi_console *cons)
{
	struct ftdi_port *fp = cons->fp;
	int err;

	cons->memory = vmalloc(STORE_SIZE);
	cons->panic_urbs = ftdi_urbs_alloc(fp, PANIC_URBS, usb_sndbulkpipe(fp->udev, fp->out),
					   PANIC_URB_SIZE, panic_complete, &cons->panic_idle);
	if (!cons->memory || !cons->panic_urbs)
		return -ENOMEM;
	err = kfifo_init(&cons->store, cons->memory, STORE_SIZE);
	return err ?: ftdi_tx_console_alloc(fp);
}

static void release(struct ftdi_console *cons)
{
	unsigned int i;

	if (cons->panic_urbs)
		for (i = 0; i < PANIC_URBS; i++)
			usb_kill_urb(cons->panic_urbs[i].urb);
	ftdi_tx_console_free(cons->fp);
	ftdi_urbs_free(cons->panic_urbs, PANIC_URBS);
	vfree(cons->memory);
	cons->panic_urbs = NULL;
	cons->memory = NULL;
	INIT_LIST_HEAD(&cons->panic_idle);
}

/* The line as the command line wants it, unless someone has it open already. */
static void set_line(struct ftdi_console *cons)
{
	struct ftdi_port *fp = cons->fp;

	mutex_lock(&fp->mutex);
	if (!(fp->users & FTDI_USER_TTY)) {
		ftdi_apply_termios(fp, &cons->termios, NULL);
		if (ftdi_set_lines(fp, FTDI_DTR | FTDI_RTS, FTDI_DTR | FTDI_RTS))
			dev_warn(&fp->port->dev, "the chip did not raise DTR and RTS\n");
	}
	mutex_unlock(&fp->mutex);
}

/* Called by register_console() when the command line names this very line. */
static int console_setup(struct console *con, char *options)
{
	struct ftdi_console *cons = to_ftdi_console(to_compat_console(con));
	struct ftdi_port *fp = cons->fp;
	int err;

	if (con->index != fp->port->minor)
		return -ENODEV;
	parse_options(options, &cons->termios);
	err = usb_autopm_get_interface(fp->port->serial->interface);
	if (err)
		return err;
	err = alloc(cons);
	if (!err)
		err = ftdi_port_use(fp, FTDI_USER_CONSOLE);
	if (err) {
		release(cons);
		usb_autopm_put_interface(fp->port->serial->interface);
		return err;
	}
	set_line(cons);
	cons->started = true;
	return 0;
}

static struct tty_driver *console_tty(struct console *con, int *index)
{
	*index = con->index;
	return READ_ONCE(ttyusb_driver);
}

/* ---- coming and going ---- */

/* The port's device is bound, so its tty exists. */
static bool is_bound(struct device *dev, bool *bound)
{
	if (!device_trylock(dev))
		return false;
	*bound = dev->driver;
	device_unlock(dev);
	return true;
}

static void announce(struct work_struct *work)
{
	struct ftdi_console *cons = container_of(work, struct ftdi_console, announce.work);
	struct ftdi_port *fp = cons->fp;
	bool bound;

	/* Removal waits for this work with the device locked: never wait for it. */
	if (!is_bound(&fp->port->dev, &bound)) {
		queue_delayed_work(ftdi_wq, &cons->announce, 1);
		return;
	}
	if (!bound)
		return;
	register_console(&cons->console.con);
	if (!(cons->console.con.flags & CON_ENABLED))
		return;
	cons->registered = true;
}

/**
 * ftdi_console_add - make a port a console if the command line says so
 * @fp: the port, being probed
 *
 * Context: process.
 */
void ftdi_console_add(struct ftdi_port *fp)
{
	struct ftdi_console *cons = kzalloc(sizeof(*cons), GFP_KERNEL);
	struct console *con;

	if (!cons) {
		dev_warn(&fp->port->dev, "no memory for a console\n");
		return;
	}
	cons->fp = fp;
	cons->console.ops = &console_ops;
	init_waitqueue_head(&cons->room);
	init_irq_work(&cons->kick, kick);
	INIT_LIST_HEAD(&cons->panic_idle);
	INIT_DELAYED_WORK(&cons->announce, announce);
	con = &cons->console.con;
	strscpy(con->name, "ttyUSB", sizeof(con->name));
	con->index = fp->port->minor;
	con->flags = CON_PRINTBUFFER;
	con->setup = console_setup;
	con->device = console_tty;
	compat_console_init(&cons->console);
	fp->console = cons;
	queue_delayed_work(ftdi_wq, &cons->announce, 0);
}

/**
 * ftdi_console_remove - the port goes, and its console with it
 * @fp: the port
 *
 * Context: process, may sleep.
 */
void ftdi_console_remove(struct ftdi_port *fp)
{
	struct ftdi_console *cons = fp->console;

	if (!cons)
		return;
	cancel_delayed_work_sync(&cons->announce);
	WRITE_ONCE(cons->gone, true);
	wake_up_all(&cons->room);
	if (cons->registered)
		unregister_console(&cons->console.con);
	irq_work_sync(&cons->kick);
	if (cons->started) {
		release(cons);
		ftdi_port_unuse(fp, FTDI_USER_CONSOLE);
		usb_autopm_put_interface(fp->port->serial->interface);
	}
	fp->console = NULL;
	kfree(cons);
}

/**
 * ftdi_console_pause - a panic sends nothing while the device sleeps
 * @fp: the port
 *
 * Context: any.
 */
void ftdi_console_pause(struct ftdi_port *fp)
{
	if (fp->console)
		fp->console->paused = true;
}

/**
 * ftdi_console_continue - the device is awake; what was stored meanwhile went out
 * @fp: the port
 *
 * Context: any.
 */
void ftdi_console_continue(struct ftdi_port *fp)
{
	if (fp->console)
		fp->console->paused = false;
}

/**
 * ftdi_console_opened - the tty of a port is being opened
 * @fp: the port
 * @tty: the tty; on a console it starts as the command line says
 *
 * Context: process.
 */
void ftdi_console_opened(struct ftdi_port *fp, struct tty_struct *tty)
{
	WRITE_ONCE(ttyusb_driver, tty->driver);
	if (fp->users & FTDI_USER_CONSOLE) {
		tty->termios.c_cflag = fp->console->termios.c_cflag;
		tty->termios.c_ispeed = fp->console->termios.c_ispeed;
		tty->termios.c_ospeed = fp->console->termios.c_ospeed;
	}
}
