// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving: the URBs in, their way to the tty, and what happens when one
 * fails. Packets are read in packet.c; who starts and stops this is in port.c.
 *
 * A filled URB goes onto the ready list and is delivered in order as long as
 * the tty has room; then it goes back out. When there is no room it waits, and
 * with it, through USB's own flow control, the device: nothing is dropped here.
 */
#include <linux/slab.h>
#include <linux/sysrq.h>
#include <linux/tty.h>
#include <linux/tty_flip.h>

#include "ftdi_sio.h"

/*
 * Many, since each fetches no more than the chip has gathered (QEMU's: 512
 * bytes), and each of that size or of a high-speed chip's few packets.
 */
#define FULL_SPEED_URBS 32
#define FULL_SPEED_SIZE 512
#define HIGH_SPEED_URBS 16
#define HIGH_SPEED_SIZE 4096

#define MEND_FIRST_MS 10	/* delay after a failure, doubled while it lasts */
#define MEND_LAST_MS 1000

static void rx_complete(struct urb *urb);

/* ---- to the tty ---- */

static void count(struct ftdi_port *fp, const struct ftdi_packet *packet)
{
	struct async_icount *icount = &fp->port->icount;
	unsigned long flags;

	spin_lock_irqsave(&fp->port->lock, flags);
	icount->rx += packet->len;
	icount->overrun += packet->overrun;
	icount->brk += packet->brk;
	icount->parity += packet->mark == FTDI_MARK_PARITY;
	icount->frame += packet->mark == FTDI_MARK_FRAME;
	spin_unlock_irqrestore(&fp->port->lock, flags);
}

static void count_lost(struct ftdi_port *fp, unsigned int lost)
{
	unsigned long flags;

	spin_lock_irqsave(&fp->port->lock, flags);
	fp->port->icount.buf_overrun += lost;
	spin_unlock_irqrestore(&fp->port->lock, flags);
}

static char tty_flag(enum ftdi_mark mark)
{
	switch (mark) {
	case FTDI_MARK_PARITY:
		return TTY_PARITY;
	case FTDI_MARK_FRAME:
		return TTY_FRAME;
	default:
		return TTY_NORMAL;
	}
}

/* The key after a break on the console; it is acted on when the lock is free. */
static bool take_sysrq_key(struct ftdi_rx *rx, u8 ch)
{
	bool in_time = time_before(jiffies, rx->sysrq_until);

	rx->sysrq_until = 0;
	if (!ch || !in_time)
		return false;
	rx->sysrq_key = ch;
	return true;
}

static void insert(struct ftdi_port *fp, const u8 *data, unsigned int len, char flag)
{
	unsigned int done;

	if (!fp->rx.tty_open || !len)
		return;
	done = tty_insert_flip_string_fixed_flag(&fp->port->port, data, flag, len);
	if (done < len)
		count_lost(fp, len - done);
}

static void insert_packet(struct ftdi_port *fp, const struct ftdi_packet *packet)
{
	char flag = tty_flag(packet->mark);
	const u8 *data = packet->data;
	unsigned int len = packet->len, i;

	if (len && unlikely(fp->rx.sysrq_until) && take_sysrq_key(&fp->rx, *data)) {
		data++;
		len--;
	}
	if (packet->only == FTDI_NO_CHAR) {
		insert(fp, data, len, flag);
		return;
	}
	for (i = 0; i < len; i++)
		insert(fp, data + i, 1, data[i] == packet->only ? flag : TTY_NORMAL);
}

/* A break on the console waits for its key; a second one is a plain break. */
static void insert_break(struct ftdi_port *fp)
{
	struct ftdi_rx *rx = &fp->rx;

	if (ftdi_is_console(fp) && !rx->sysrq_until) {
		rx->sysrq_until = (jiffies + FTDI_SYSRQ_PATIENCE) ?: 1;
		return;
	}
	rx->sysrq_until = 0;
	insert(fp, (const u8 *)"", 1, TTY_BREAK);
}

static void read_packet(struct ftdi_port *fp, const u8 *bytes, unsigned int len)
{
	struct ftdi_packet packet;

	if (!ftdi_packet_read(&fp->rx.line, bytes, len, &packet)) {
		fp->stats.rx_short++;
		return;
	}
	fp->rx.packets++;
	fp->stats.rx_bytes += packet.len;
	count(fp, &packet);
	if (packet.changed)
		ftdi_modem_changed(fp, packet.changed);
	insert_packet(fp, &packet);
	if (packet.overrun)
		insert(fp, (const u8 *)"", 1, TTY_OVERRUN);
	if (packet.brk)
		insert_break(fp);
}

/* Twice its length: a marked character takes a flag as well. */
static bool has_room(struct ftdi_port *fp, const struct urb *urb)
{
	return !fp->rx.tty_open ||
	       tty_buffer_space_avail(&fp->port->port) >= 2 * (int)urb->actual_length + 512;
}

/*
 * Delivers what is ready, in order. What finds no room stays; while the reader
 * holds the line that is its business, else the mending work looks again.
 */
static void deliver(struct ftdi_port *fp)
{
	struct ftdi_rx *rx = &fp->rx;
	struct ftdi_urb *item, *next;
	bool any = false;

	lockdep_assert_held(&rx->lock);
	list_for_each_entry_safe(item, next, &rx->ready, node) {
		const u8 *bytes = item->data;
		unsigned int left = item->urb->actual_length;

		if (!has_room(fp, item->urb)) {
			fp->stats.rx_parked++;
			if (!rx->throttled)
				queue_delayed_work(ftdi_wq, &rx->mend, 1);
			break;
		}
		while (left) {
			unsigned int len = min(left, rx->packet_size);

			read_packet(fp, bytes, len);
			bytes += len;
			left -= len;
		}
		list_move_tail(&item->node, &rx->idle);
		any = true;
	}
	if (any && rx->tty_open)
		tty_flip_buffer_push(&fp->port->port);
}

/* ---- URBs ---- */

static unsigned int mend_delay(unsigned int failures)
{
	return msecs_to_jiffies(min(MEND_FIRST_MS << min(failures, 10u), MEND_LAST_MS));
}

static void mend_later(struct ftdi_rx *rx)
{
	rx->broken = true;
	queue_delayed_work(ftdi_wq, &rx->mend, mend_delay(rx->failures++));
}

/* Sends out every idle URB that may go. */
static void submit(struct ftdi_port *fp)
{
	struct ftdi_rx *rx = &fp->rx;
	struct ftdi_urb *item, *next;
	int err;

	lockdep_assert_held(&rx->lock);
	if (!rx->running || rx->held || rx->broken || rx->throttled)
		return;
	list_for_each_entry_safe(item, next, &rx->idle, node) {
		list_move_tail(&item->node, &rx->flying);
		err = usb_submit_urb(item->urb, GFP_ATOMIC);
		if (!err)
			continue;
		list_move(&item->node, &rx->idle);
		if (err != -ENODEV && err != -ESHUTDOWN && err != -EHOSTUNREACH)
			mend_later(rx);
		break;
	}
}

/* Without the lock: a key may print a lot, and may not come back. */
static void do_sysrq(struct ftdi_rx *rx, u8 key)
{
	WRITE_ONCE(rx->sysrq_cpu, smp_processor_id());
	handle_sysrq(key);
	WRITE_ONCE(rx->sysrq_cpu, -1);
}

/**
 * ftdi_rx_is_in_callback - is this CPU in a SysRq that came by this port?
 * @fp: the port
 *
 * Context: any.
 * Return: true when it is, and so no lock of the host controller is held.
 */
bool ftdi_rx_is_in_callback(struct ftdi_port *fp)
{
	return READ_ONCE(fp->rx.sysrq_cpu) == raw_smp_processor_id();
}

static void rx_complete(struct urb *urb)
{
	struct ftdi_urb *item = urb->context;
	struct ftdi_port *fp = item->fp;
	struct ftdi_rx *rx = &fp->rx;
	unsigned long flags;
	u8 key;

	spin_lock_irqsave(&rx->lock, flags);
	switch (urb->status) {
	case 0:
		rx->failures = 0;
		list_move_tail(&item->node, &rx->ready);
		deliver(fp);
		break;
	case -ENOENT:
	case -ECONNRESET:
	case -ESHUTDOWN:
	case -ENODEV:
		/* What came before it was taken back counts. */
		list_move_tail(&item->node, urb->actual_length ? &rx->ready : &rx->idle);
		break;
	default:
		list_move_tail(&item->node, &rx->idle);
		fp->stats.rx_failures++;
		if (rx->running && !rx->held && !rx->broken)
			mend_later(rx);
	}
	submit(fp);
	key = rx->sysrq_key;
	rx->sysrq_key = 0;
	spin_unlock_irqrestore(&rx->lock, flags);
	if (key)
		do_sysrq(rx, key);
}

/*
 * The oldest first: QEMU's xHCI forgets where it was when it is told to drop a
 * transfer that is not the next one, and what comes then is lost.
 */
static void kill_urbs(struct ftdi_rx *rx)
{
	unsigned int i;

	for (i = 0; i < rx->nr_urbs; i++) {
		struct ftdi_urb *item;

		spin_lock_irq(&rx->lock);
		item = list_first_entry_or_null(&rx->flying, struct ftdi_urb, node);
		spin_unlock_irq(&rx->lock);
		if (!item)
			break;
		usb_kill_urb(item->urb);
	}
	/* Also waits for callbacks that are still at work. */
	for (i = 0; i < rx->nr_urbs; i++)
		usb_kill_urb(rx->urbs[i].urb);
}

static void hold(struct ftdi_rx *rx, bool held)
{
	spin_lock_irq(&rx->lock);
	rx->held = held;
	spin_unlock_irq(&rx->lock);
}

/*
 * Takes up again what stopped: clears the endpoint after failures, delivers
 * what had no room, submits what is idle. A stalled endpoint and one that fell
 * out of step with the host are cured by the same request.
 */
static void rx_mend(struct work_struct *work)
{
	struct ftdi_rx *rx = container_of(work, struct ftdi_rx, mend.work);
	struct ftdi_port *fp = container_of(rx, struct ftdi_port, rx);
	bool broken;

	mutex_lock(&rx->mutex);
	spin_lock_irq(&rx->lock);
	broken = rx->broken && rx->running;
	spin_unlock_irq(&rx->lock);
	if (broken) {
		hold(rx, true);
		kill_urbs(rx);
		if (usb_clear_halt(fp->udev, usb_rcvbulkpipe(fp->udev, fp->in)))
			dev_dbg(&fp->port->dev, "the endpoint in cannot be cleared\n");
	}
	spin_lock_irq(&rx->lock);
	if (broken)
		rx->held = rx->broken = false;
	deliver(fp);
	submit(fp);
	spin_unlock_irq(&rx->lock);
	mutex_unlock(&rx->mutex);
}

/* ---- life ---- */

/**
 * ftdi_rx_init - prepare the receiving side of a new port
 * @fp: the port; its endpoints are known
 *
 * Context: process.
 */
void ftdi_rx_init(struct ftdi_port *fp)
{
	struct ftdi_rx *rx = &fp->rx;

	mutex_init(&rx->mutex);
	spin_lock_init(&rx->lock);
	INIT_LIST_HEAD(&rx->idle);
	INIT_LIST_HEAD(&rx->ready);
	INIT_LIST_HEAD(&rx->flying);
	INIT_DELAYED_WORK(&rx->mend, rx_mend);
	rx->sysrq_cpu = -1;
	rx->line.error_char = FTDI_NO_CHAR;
	rx->line.no_status_stream = fp->qemu;
}

/**
 * ftdi_rx_alloc - get the URBs of a port that is about to be used
 * @fp: the port
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ftdi_rx_alloc(struct ftdi_port *fp)
{
	bool high_speed = fp->rx.packet_size > 64;
	unsigned int size = high_speed ? HIGH_SPEED_SIZE : FULL_SPEED_SIZE;
	struct ftdi_rx *rx = &fp->rx;

	size = roundup(size, rx->packet_size);
	rx->nr_urbs = high_speed ? HIGH_SPEED_URBS : FULL_SPEED_URBS;
	rx->urbs = ftdi_urbs_alloc(fp, rx->nr_urbs, usb_rcvbulkpipe(fp->udev, fp->in), size,
				   rx_complete, &rx->idle);
	return rx->urbs ? 0 : -ENOMEM;
}

/**
 * ftdi_rx_free - give the URBs back
 * @fp: a port whose receiving side is stopped, with or without URBs
 *
 * Context: process, may sleep.
 */
void ftdi_rx_free(struct ftdi_port *fp)
{
	struct ftdi_rx *rx = &fp->rx;

	INIT_LIST_HEAD(&rx->idle);
	INIT_LIST_HEAD(&rx->ready);
	INIT_LIST_HEAD(&rx->flying);
	ftdi_urbs_free(rx->urbs, rx->nr_urbs);
	rx->urbs = NULL;
	rx->nr_urbs = 0;
}

/**
 * ftdi_rx_start - receive
 * @fp: a port with URBs
 *
 * Context: process.
 */
void ftdi_rx_start(struct ftdi_port *fp)
{
	struct ftdi_rx *rx = &fp->rx;

	spin_lock_irq(&rx->lock);
	rx->running = true;
	rx->broken = false;
	rx->failures = 0;
	deliver(fp);
	submit(fp);
	spin_unlock_irq(&rx->lock);
}

/**
 * ftdi_rx_stop - receive no more
 * @fp: the port
 *
 * What is ready stays until ftdi_rx_drop() or the next start. No URB is in
 * flight and no work runs when this returns.
 *
 * Context: process, may sleep.
 */
void ftdi_rx_stop(struct ftdi_port *fp)
{
	struct ftdi_rx *rx = &fp->rx;

	spin_lock_irq(&rx->lock);
	rx->running = false;
	spin_unlock_irq(&rx->lock);
	kill_urbs(rx);
	cancel_delayed_work_sync(&rx->mend);
}

/**
 * ftdi_rx_drop - forget what was received and not yet delivered
 * @fp: the port
 *
 * Context: process.
 */
void ftdi_rx_drop(struct ftdi_port *fp)
{
	spin_lock_irq(&fp->rx.lock);
	list_splice_tail_init(&fp->rx.ready, &fp->rx.idle);
	fp->rx.sysrq_until = 0;
	spin_unlock_irq(&fp->rx.lock);
}

/**
 * ftdi_rx_set_tty - say whether characters have a tty to go to
 * @fp: the port
 * @open: they have; those received before are not for it
 *
 * Context: process.
 */
void ftdi_rx_set_tty(struct ftdi_port *fp, bool open)
{
	spin_lock_irq(&fp->rx.lock);
	list_splice_tail_init(&fp->rx.ready, &fp->rx.idle);
	fp->rx.tty_open = open;
	fp->rx.throttled = false;
	submit(fp);
	spin_unlock_irq(&fp->rx.lock);
}

/**
 * ftdi_rx_throttle - stop and go for the reader
 * @fp: the port
 * @on: stop
 *
 * Context: process.
 */
void ftdi_rx_throttle(struct ftdi_port *fp, bool on)
{
	spin_lock_irq(&fp->rx.lock);
	fp->rx.throttled = on;
	deliver(fp);
	submit(fp);
	spin_unlock_irq(&fp->rx.lock);
}

/**
 * ftdi_rx_purge - throw away what was received and not yet read, in the chip too
 * @fp: the port
 *
 * Context: process, may sleep.
 * Return: 0 or the error of the request.
 */
int ftdi_rx_purge(struct ftdi_port *fp)
{
	struct ftdi_rx *rx = &fp->rx;
	int err;

	mutex_lock(&rx->mutex);
	hold(rx, true);
	kill_urbs(rx);
	err = ftdi_purge(fp, true, false);
	ftdi_rx_drop(fp);
	spin_lock_irq(&rx->lock);
	rx->held = false;
	submit(fp);
	spin_unlock_irq(&rx->lock);
	mutex_unlock(&rx->mutex);
	return err;
}
