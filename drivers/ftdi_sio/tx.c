// SPDX-License-Identifier: GPL-2.0
/*
 * Sending: who writes, how much finds room, starting, stopping and flushing. The
 * queue behind it is in txq.c; waiting until the chip has sent is in drain.c.
 */
#include "../compat/hrtimer.h"
#include "ftdi_sio.h"
#include "tx.h"

#define URBS 8
#define URB_SIZE 16384
#define CONSOLE_URBS 2
#define CONSOLE_URB_SIZE 4096

/* ---- life ---- */

/**
 * ftdi_tx_init - prepare the sending side of a new port
 * @fp: the port; its endpoints are known
 *
 * Context: process.
 */
void ftdi_tx_init(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;

	mutex_init(&tx->mutex);
	spin_lock_init(&tx->lock);
	init_waitqueue_head(&tx->drained);
	INIT_LIST_HEAD(&tx->idle);
	INIT_LIST_HEAD(&tx->queue);
	INIT_LIST_HEAD(&tx->console_idle);
	INIT_LIST_HEAD(&tx->console_queue);
	INIT_DELAYED_WORK(&tx->mend, ftdi_txq_mend);
	hrtimer_setup(&tx->gather, ftdi_txq_gathered, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	tx->limit = FTDI_TXQ_LIMIT_MIN;
}

/**
 * ftdi_tx_alloc - get the URBs of a port that is about to be used
 * @fp: the port
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ftdi_tx_alloc(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;

	tx->nr_urbs = URBS;
	tx->urbs = ftdi_urbs_alloc(fp, URBS, usb_sndbulkpipe(fp->udev, fp->out), URB_SIZE,
				   ftdi_txq_complete, &tx->idle);
	return tx->urbs ? 0 : -ENOMEM;
}

/**
 * ftdi_tx_free - give the URBs back
 * @fp: a port whose sending side is stopped, with or without URBs
 *
 * Context: process, may sleep.
 */
void ftdi_tx_free(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;

	INIT_LIST_HEAD(&tx->idle);
	INIT_LIST_HEAD(&tx->queue);
	tx->queued = 0;
	ftdi_urbs_free(tx->urbs, tx->nr_urbs);
	tx->urbs = NULL;
	tx->nr_urbs = 0;
}

/**
 * ftdi_tx_console_alloc - get URBs for the console's text
 * @fp: a port that runs
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ftdi_tx_console_alloc(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;
	struct ftdi_urb *urbs;
	LIST_HEAD(idle);

	urbs = ftdi_urbs_alloc(fp, CONSOLE_URBS, usb_sndbulkpipe(fp->udev, fp->out),
			       CONSOLE_URB_SIZE, ftdi_txq_complete, &idle);
	if (!urbs)
		return -ENOMEM;
	spin_lock_irq(&tx->lock);
	tx->console_urbs = urbs;
	tx->nr_console_urbs = CONSOLE_URBS;
	list_splice_init(&idle, &tx->console_idle);
	spin_unlock_irq(&tx->lock);
	return 0;
}

/**
 * ftdi_tx_console_free - give them back
 * @fp: the port; the console puts out no more
 *
 * Context: process, may sleep.
 */
void ftdi_tx_console_free(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;
	struct ftdi_urb *urbs = tx->console_urbs;
	unsigned int i, nr = tx->nr_console_urbs;

	mutex_lock(&tx->mutex);
	spin_lock_irq(&tx->lock);
	INIT_LIST_HEAD(&tx->console_idle);
	spin_unlock_irq(&tx->lock);
	for (i = 0; i < nr; i++)
		usb_kill_urb(urbs[i].urb);
	spin_lock_irq(&tx->lock);
	INIT_LIST_HEAD(&tx->console_idle);
	INIT_LIST_HEAD(&tx->console_queue);
	tx->nr_console_urbs = 0;
	tx->console_urbs = NULL;
	spin_unlock_irq(&tx->lock);
	mutex_unlock(&tx->mutex);
	ftdi_urbs_free(urbs, nr);
}

/**
 * ftdi_tx_kick - there is text on the console
 * @fp: the port
 *
 * Context: any where URBs may be submitted: no lock of a host controller held.
 */
void ftdi_tx_kick(struct ftdi_port *fp)
{
	unsigned long flags;

	spin_lock_irqsave(&fp->tx.lock, flags);
	ftdi_txq_submit(fp);
	spin_unlock_irqrestore(&fp->tx.lock, flags);
}

/**
 * ftdi_tx_start - send
 * @fp: a port with URBs
 *
 * Context: process.
 */
void ftdi_tx_start(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;

	spin_lock_irq(&tx->lock);
	tx->running = true;
	tx->broken = false;
	tx->failures = 0;
	tx->gathering = false;
	ftdi_txq_submit(fp);
	spin_unlock_irq(&tx->lock);
}

/**
 * ftdi_tx_stop - send no more
 * @fp: the port
 *
 * What is queued stays for the next start. No URB is in
 * flight and no work runs when this returns.
 *
 * Context: process, may sleep.
 */
void ftdi_tx_stop(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;

	spin_lock_irq(&tx->lock);
	tx->running = false;
	spin_unlock_irq(&tx->lock);
	ftdi_txq_kill(tx);
	cancel_delayed_work_sync(&tx->mend);
	hrtimer_cancel(&tx->gather);
}

static void drop(struct ftdi_port *fp)
{
	spin_lock_irq(&fp->tx.lock);
	ftdi_txq_drop(&fp->tx);
	spin_unlock_irq(&fp->tx.lock);
	usb_serial_port_softint(fp->port);
	wake_up(&fp->tx.drained);
}

/* Takes back what is in flight and forgets the tty's part; the console's stays. */
static void take_back(struct ftdi_port *fp)
{
	ftdi_txq_hold(&fp->tx, true);
	ftdi_txq_kill(&fp->tx);
	drop(fp);
}

static void go_on(struct ftdi_port *fp)
{
	spin_lock_irq(&fp->tx.lock);
	fp->tx.held = false;
	ftdi_txq_submit(fp);
	spin_unlock_irq(&fp->tx.lock);
}

/**
 * ftdi_tx_drop - forget what the tty queued
 * @fp: the port
 *
 * Context: process, may sleep.
 */
void ftdi_tx_drop(struct ftdi_port *fp)
{
	mutex_lock(&fp->tx.mutex);
	take_back(fp);
	go_on(fp);
	mutex_unlock(&fp->tx.mutex);
}

/**
 * ftdi_tx_purge - throw away what was written and not yet sent, in the chip too
 * @fp: the port
 *
 * Context: process, may sleep.
 * Return: 0 or the error of the request.
 */
int ftdi_tx_purge(struct ftdi_port *fp)
{
	int err;

	mutex_lock(&fp->tx.mutex);
	take_back(fp);
	err = ftdi_purge(fp, false, true);
	if (!err) {
		spin_lock_irq(&fp->tx.lock);
		fp->tx.dirty = false;
		spin_unlock_irq(&fp->tx.lock);
	}
	go_on(fp);
	mutex_unlock(&fp->tx.mutex);
	return err;
}

/* ---- writers ---- */

/* How many bytes more may be queued, when a buffer takes each. */
static unsigned int room(struct ftdi_tx *tx)
{
	return tx->queued < tx->limit ? tx->limit - tx->queued : 0;
}

/**
 * ftdi_tx_write - queue bytes
 * @fp: the port
 * @data: the bytes
 * @len: how many
 *
 * Context: any.
 * Return: how many were queued, which may be 0; -ENODEV after the port stopped.
 */
int ftdi_tx_write(struct ftdi_port *fp, const u8 *data, unsigned int len)
{
	struct ftdi_tx *tx = &fp->tx;
	unsigned int done = 0, want;
	struct ftdi_urb *item;
	unsigned long flags;

	spin_lock_irqsave(&tx->lock, flags);
	if (!tx->nr_urbs) {
		spin_unlock_irqrestore(&tx->lock, flags);
		return -ENODEV;
	}
	want = min(len, room(tx));
	while (done < want) {
		item = ftdi_txq_open(tx);
		if (!item)
			break;
		done += ftdi_tx_append(fp, item, data + done, want - done);
	}
	tx->queued += done;
	if (done < len)
		tx->want_room = true;
	ftdi_txq_written(tx, done == len);
	ftdi_txq_submit(fp);
	spin_unlock_irqrestore(&tx->lock, flags);

	spin_lock_irqsave(&fp->port->lock, flags);
	fp->port->icount.tx += done;
	spin_unlock_irqrestore(&fp->port->lock, flags);
	return done;
}

/* With every buffer in use, the last one's rest is all there is. */
static unsigned int last_room(struct ftdi_port *fp)
{
	const struct ftdi_urb *last;
	unsigned int rest;

	if (list_empty(&fp->tx.queue))
		return 0;
	last = list_last_entry(&fp->tx.queue, struct ftdi_urb, node);
	rest = last->size - last->len;
	return fp->chip->framed_out ? ftdi_txq_framed(rest) : rest;
}

/**
 * ftdi_tx_room - how many bytes ftdi_tx_write() would take
 * @fp: the port
 *
 * Who asks and finds little is told when there is more.
 *
 * Context: any.
 * Return: bytes.
 */
unsigned int ftdi_tx_room(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;
	unsigned long flags;
	unsigned int bytes;

	spin_lock_irqsave(&tx->lock, flags);
	bytes = room(tx);
	if (list_empty(&tx->idle))
		bytes = min(bytes, last_room(fp));
	if (bytes < tx->limit / 2)
		tx->want_room = true;
	spin_unlock_irqrestore(&tx->lock, flags);
	return bytes;
}

/**
 * ftdi_tx_queued - how many bytes the chip has not yet taken
 * @fp: the port
 *
 * Who asks and finds some is told when they are few, and again when none is left.
 *
 * Context: any.
 * Return: bytes.
 */
unsigned int ftdi_tx_queued(struct ftdi_port *fp)
{
	unsigned long flags;
	unsigned int queued;

	spin_lock_irqsave(&fp->tx.lock, flags);
	queued = fp->tx.queued;
	if (queued)
		fp->tx.want_low = true;
	spin_unlock_irqrestore(&fp->tx.lock, flags);
	return queued;
}

/**
 * ftdi_tx_xchar - send one character ahead of all that is queued
 * @fp: the port
 * @ch: the character, not 0
 *
 * Context: any.
 */
void ftdi_tx_xchar(struct ftdi_port *fp, u8 ch)
{
	unsigned long flags;

	spin_lock_irqsave(&fp->tx.lock, flags);
	fp->tx.xchar = ch;
	ftdi_txq_submit(fp);
	spin_unlock_irqrestore(&fp->tx.lock, flags);
}

/**
 * ftdi_tx_rate_changed - queue little until it shows how fast the line is now
 * @fp: the port
 *
 * Context: any.
 */
void ftdi_tx_rate_changed(struct ftdi_port *fp)
{
	unsigned long flags;

	spin_lock_irqsave(&fp->tx.lock, flags);
	fp->tx.limit = FTDI_TXQ_LIMIT_MIN;
	spin_unlock_irqrestore(&fp->tx.lock, flags);
}
