// SPDX-License-Identifier: GPL-2.0
/*
 * The queue of what is to be sent: URBs are filled, go out at once when nothing
 * is on its way, else gather, so that a fast writer fills whole buffers and a
 * slow one waits for nobody. Where transfers are quick, nothing would gather: a
 * stream of writes waits for more for a moment. What happens when one fails is
 * here too; who fills them, and starts and stops it all, is in tx.c.
 *
 * How much the tty may queue follows the line: it should be gone in a quarter
 * of a second, so the limit doubles while it goes faster and is halved when it
 * takes longer.
 */
#include "../compat/tty.h"
#include "console.h"
#include "ftdi_sio.h"
#include "tx.h"

#define FLIGHTS 2		/* on their way at a time, when full */
#define STREAM 16		/* writes close behind one another that are a stream */
#define STREAM_GAP_NS (100 * NSEC_PER_USEC)	/* ... with at most this between two */
#define GATHER_NS (400 * NSEC_PER_USEC)		/* what a stream's bytes wait at most */
#define FAST_MS 20		/* gone that soon: queue more */
#define SLOW_MS 250		/* taken that long: queue less */
#define MEND_FIRST_MS 10	/* delay after a failure, doubled while it lasts */
#define MEND_LAST_MS 1000
#define PATIENCE 10		/* failures in a row before bytes are given up: 5 s */
#define STOPPED_POLL (HZ / 20)	/* how often to look whether ^Q came */
#define WAKEUP_CHARS 256	/* queued below this, poll() says writable */

/* ---- the SIO's framing: a byte ahead of up to 63 others in each packet ---- */

#define FRAME 64

/**
 * ftdi_txq_framed - how many bytes of payload so many bytes of frames hold
 * @len: bytes of frames
 *
 * Return: bytes.
 */
unsigned int ftdi_txq_framed(unsigned int len)
{
	return len - DIV_ROUND_UP(len, FRAME);
}

/* Appends to a buffer of frames; each head counts its frame. */
static unsigned int append_framed(struct ftdi_urb *item, const u8 *data, unsigned int len)
{
	unsigned int done = 0;

	while (done < len && item->len < item->size) {
		unsigned int start = rounddown(item->len, FRAME);

		if (item->len == start)
			item->len++;
		item->data[item->len++] = data[done++];
		item->data[start] = (item->len - start - 1) << 2 | 1;
	}
	return done;
}

/**
 * ftdi_tx_append - fill a URB
 * @fp: the port
 * @item: the URB, not in flight
 * @data: bytes
 * @len: how many
 *
 * Context: any; the caller owns @item.
 * Return: how many found room.
 */
unsigned int ftdi_tx_append(struct ftdi_port *fp, struct ftdi_urb *item, const u8 *data,
			    unsigned int len)
{
	if (fp->chip->framed_out) {
		len = append_framed(item, data, len);
	} else {
		len = min_t(unsigned int, len, item->size - item->len);
		memcpy(item->data + item->len, data, len);
		item->len += len;
	}
	item->payload += len;
	return len;
}

/* ---- the queue ---- */

static bool is_console(const struct ftdi_tx *tx, const struct ftdi_urb *item)
{
	return item < tx->urbs || item >= tx->urbs + tx->nr_urbs;
}

static void recycle(struct ftdi_tx *tx, struct ftdi_urb *item)
{
	item->len = 0;
	item->payload = 0;
	list_add_tail(&item->node, is_console(tx, item) ? &tx->console_idle : &tx->idle);
}

/* Counts the tty's bytes only: nobody waits for the console's. */
static void count_queued(struct ftdi_tx *tx, const struct ftdi_urb *item, int change)
{
	if (!is_console(tx, item))
		tx->queued += change;
}

static struct ftdi_urb *take_idle(struct ftdi_tx *tx, struct list_head *idle)
{
	struct ftdi_urb *item = list_first_entry_or_null(idle, struct ftdi_urb, node);

	if (item) {
		list_del_init(&item->node);
		item->serial = tx->next_serial++;
		item->filled = ktime_get();
	}
	return item;
}

/**
 * ftdi_txq_open - the buffer that takes the tty's next byte
 * @tx: the sending side
 *
 * Context: any, tx->lock held.
 * Return: a buffer with room, at the end of the queue; NULL when all are in use.
 */
struct ftdi_urb *ftdi_txq_open(struct ftdi_tx *tx)
{
	struct ftdi_urb *item;

	if (!list_empty(&tx->queue)) {
		item = list_last_entry(&tx->queue, struct ftdi_urb, node);
		if (item->len < item->size)
			return item;
	}
	item = take_idle(tx, &tx->idle);
	if (item)
		list_add_tail(&item->node, &tx->queue);
	return item;
}

/* Back into the queue, in the order of filling: what the chip did not take. */
static void requeue(struct ftdi_port *fp, struct ftdi_urb *item)
{
	unsigned int taken = min_t(unsigned int, item->urb->actual_length, item->len);
	struct ftdi_tx *tx = &fp->tx;
	struct list_head *queue = is_console(tx, item) ? &tx->console_queue : &tx->queue;
	struct ftdi_urb *other;
	unsigned int left;

	if (fp->chip->framed_out)
		taken = rounddown(taken, FRAME);
	item->len -= taken;
	memmove(item->data, item->data + taken, item->len);
	left = fp->chip->framed_out ? ftdi_txq_framed(item->len) : item->len;
	if (taken)
		tx->dirty = true;
	count_queued(tx, item, (int)left - (int)item->payload);
	item->payload = left;
	if (!item->len) {
		recycle(tx, item);
		return;
	}
	list_for_each_entry(other, queue, node)
		if (other->serial > item->serial)
			break;
	list_add_tail(&item->node, &other->node);
}

/**
 * ftdi_txq_drop - forget what the tty queued and is not in flight
 * @tx: the sending side
 *
 * Context: any, tx->lock held.
 */
void ftdi_txq_drop(struct ftdi_tx *tx)
{
	struct ftdi_urb *item, *next;

	list_for_each_entry_safe(item, next, &tx->queue, node) {
		tx->queued -= item->payload;
		list_del(&item->node);
		recycle(tx, item);
	}
	tx->xchar = 0;
}

/* ---- URBs ---- */

static void mend_later(struct ftdi_tx *tx)
{
	unsigned int delay = min(MEND_FIRST_MS << min(tx->failures, 10u), MEND_LAST_MS);

	tx->broken = true;
	tx->failures++;
	queue_delayed_work(ftdi_wq, &tx->mend, msecs_to_jiffies(delay));
}

/* The reader's ^S, or tcflow(): hold what is queued. Nobody tells of the end. */
static bool is_stopped(struct ftdi_port *fp)
{
	struct tty_struct *tty = tty_port_tty_get(&fp->port->port);
	bool stopped = tty && compat_tty_is_stopped(tty);

	tty_kref_put(tty);
	if (stopped)
		queue_delayed_work(ftdi_wq, &fp->tx.mend, STOPPED_POLL);
	return stopped;
}

static bool submit_one(struct ftdi_port *fp, struct ftdi_urb *item)
{
	struct ftdi_tx *tx = &fp->tx;
	int err;

	list_del_init(&item->node);
	item->urb->transfer_buffer_length = item->len;
	err = usb_submit_urb(item->urb, GFP_ATOMIC);
	if (!err) {
		tx->flights++;
		fp->stats.tx_transfers++;
		return true;
	}
	list_add(&item->node, is_console(tx, item) ? &tx->console_queue : &tx->queue);
	if (err != -ENODEV && err != -ESHUTDOWN && err != -EHOSTUNREACH)
		mend_later(tx);
	return false;
}

/* Flow control of our own goes first, also past a stopped queue. */
static void submit_xchar(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;
	struct ftdi_urb *item = take_idle(tx, &tx->idle);

	if (!item)
		return;
	ftdi_tx_append(fp, item, &tx->xchar, 1);
	tx->queued++;
	tx->xchar = 0;
	submit_one(fp, item);
}

/* The console's text: what is left of a failure, then more of it. */
static void submit_console(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;
	struct ftdi_urb *item;

	while (tx->flights < FLIGHTS) {
		item = list_first_entry_or_null(&tx->console_queue, struct ftdi_urb, node);
		if (!item) {
			item = take_idle(tx, &tx->console_idle);
			if (!item)
				return;
			ftdi_console_take(fp, item);
			if (!item->len) {
				recycle(tx, item);
				return;
			}
		}
		if (!submit_one(fp, item))
			return;
	}
}

static void start_gathering(struct ftdi_tx *tx)
{
	tx->gathering = true;
	hrtimer_start(&tx->gather, ns_to_ktime(GATHER_NS), HRTIMER_MODE_REL_SOFT);
}

/**
 * ftdi_txq_written - what a write says about the next ones
 * @tx: the sending side
 * @all: all of it found room
 *
 * In a stream the last buffer waits until it is full, nothing has room any more, or
 * the timer fires.
 *
 * Context: any, tx->lock held.
 */
void ftdi_txq_written(struct ftdi_tx *tx, bool all)
{
	ktime_t now = ktime_get();
	bool close = ktime_to_ns(ktime_sub(now, tx->last_write)) <= STREAM_GAP_NS;

	tx->last_write = now;
	tx->streak = close ? tx->streak + 1 : 0;
	if (!all)
		tx->gathering = false;
	else if (tx->streak > STREAM && !tx->gathering && tx->running)
		start_gathering(tx);
}

/**
 * ftdi_txq_gathered - the timer of what a stream has gathered
 * @timer: tx.gather
 *
 * Context: softirq.
 * Return: HRTIMER_NORESTART.
 */
enum hrtimer_restart ftdi_txq_gathered(struct hrtimer *timer)
{
	struct ftdi_port *fp = container_of(timer, struct ftdi_port, tx.gather);
	unsigned long flags;

	spin_lock_irqsave(&fp->tx.lock, flags);
	fp->tx.gathering = false;
	ftdi_txq_submit(fp);
	spin_unlock_irqrestore(&fp->tx.lock, flags);
	return HRTIMER_NORESTART;
}

/**
 * ftdi_txq_submit - send what may go: with nothing on its way all, else full buffers
 * @fp: the port
 *
 * Context: any where URBs may be submitted, tx.lock held.
 */
void ftdi_txq_submit(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;
	struct ftdi_urb *item;

	lockdep_assert_held(&tx->lock);
	if (!tx->running || tx->held || tx->broken)
		return;
	if (tx->xchar)
		submit_xchar(fp);
	submit_console(fp);
	while (!list_empty(&tx->queue) && tx->flights < FLIGHTS) {
		item = list_first_entry(&tx->queue, struct ftdi_urb, node);
		if ((tx->flights || tx->gathering) && item->len < item->size)
			break;
		if (is_stopped(fp) || !submit_one(fp, item))
			break;
	}
}

static void adapt_limit(struct ftdi_tx *tx, ktime_t filled)
{
	s64 took = ktime_ms_delta(ktime_get(), filled);

	if (took > SLOW_MS)
		tx->limit = max_t(unsigned int, tx->limit / 2, FTDI_TXQ_LIMIT_MIN);
	else if (took < FAST_MS && tx->want_room)
		tx->limit = min_t(unsigned int, tx->limit * 2, FTDI_TXQ_LIMIT_MAX);
}

/* Is it time to wake those who wait for room, or for (nearly) nothing queued? */
static bool wake_writers(struct ftdi_tx *tx)
{
	bool wake = false;

	if (tx->want_room && tx->queued <= tx->limit / 2) {
		tx->want_room = false;
		wake = true;
	}
	if (tx->want_low && tx->queued < WAKEUP_CHARS) {
		tx->want_low = false;
		wake = true;
	}
	return wake;
}

static void taken(struct ftdi_port *fp, struct ftdi_urb *item)
{
	struct ftdi_tx *tx = &fp->tx;

	tx->failures = 0;
	count_queued(tx, item, -(int)item->payload);
	fp->stats.tx_bytes += item->payload;
	tx->dirty = true;
	tx->last_taken = jiffies;
	if (!is_console(tx, item))
		adapt_limit(tx, item->filled);
	recycle(tx, item);
}

/**
 * ftdi_txq_complete - the callback of the tty's and the console's URBs
 * @urb: the URB
 *
 * Context: any.
 */
void ftdi_txq_complete(struct urb *urb)
{
	struct ftdi_urb *item = urb->context;
	struct ftdi_port *fp = item->fp;
	struct ftdi_tx *tx = &fp->tx;
	unsigned long flags;
	bool wake, drained;

	spin_lock_irqsave(&tx->lock, flags);
	tx->flights--;
	switch (urb->status) {
	case 0:
		taken(fp, item);
		break;
	case -ENOENT:
	case -ECONNRESET:
	case -ESHUTDOWN:
	case -ENODEV:
		requeue(fp, item);
		break;
	default:
		requeue(fp, item);
		fp->stats.tx_failures++;
		if (tx->running && !tx->held && !tx->broken)
			mend_later(tx);
	}
	ftdi_txq_submit(fp);
	wake = wake_writers(tx);
	drained = !tx->queued;
	spin_unlock_irqrestore(&tx->lock, flags);
	if (wake)
		usb_serial_port_softint(fp->port);
	if (drained)
		wake_up(&tx->drained);
}

/**
 * ftdi_txq_kill - take back what is in flight; it goes to the queue's start
 * @tx: the sending side, held or not running
 *
 * Context: process, may sleep.
 */
void ftdi_txq_kill(struct ftdi_tx *tx)
{
	unsigned int i;

	for (i = 0; i < tx->nr_urbs; i++)
		usb_kill_urb(tx->urbs[i].urb);
	for (i = 0; i < tx->nr_console_urbs; i++)
		usb_kill_urb(tx->console_urbs[i].urb);
}

/**
 * ftdi_txq_hold - submit nothing for a while
 * @tx: the sending side
 * @held: true at its start
 *
 * Context: process, tx->mutex held.
 */
void ftdi_txq_hold(struct ftdi_tx *tx, bool held)
{
	spin_lock_irq(&tx->lock);
	tx->held = held;
	spin_unlock_irq(&tx->lock);
}

/* The oldest buffer of a chip that takes nothing: so that close and the others
 * behind it come to an end. */
static void give_up(struct ftdi_port *fp)
{
	struct ftdi_tx *tx = &fp->tx;
	struct ftdi_urb *item;

	tx->failures = 0;
	item = list_first_entry_or_null(&tx->console_queue, struct ftdi_urb, node);
	if (!item)
		item = list_first_entry_or_null(&tx->queue, struct ftdi_urb, node);
	if (!item)
		return;
	dev_err_ratelimited(&fp->port->dev,
			    "%u bytes were not taken within 5 s of retries and are dropped; is the device all right?\n",
			    item->payload);
	count_queued(tx, item, -(int)item->payload);
	fp->stats.tx_lost += item->payload;
	list_del(&item->node);
	recycle(tx, item);
}

/**
 * ftdi_txq_mend - take up again what stopped, after failures with a clear endpoint
 * @work: tx.mend
 *
 * Context: process, may sleep.
 */
void ftdi_txq_mend(struct work_struct *work)
{
	struct ftdi_tx *tx = container_of(work, struct ftdi_tx, mend.work);
	struct ftdi_port *fp = container_of(tx, struct ftdi_port, tx);
	bool broken;

	mutex_lock(&tx->mutex);
	spin_lock_irq(&tx->lock);
	broken = tx->broken && tx->running;
	spin_unlock_irq(&tx->lock);
	if (broken) {
		ftdi_txq_hold(tx, true);
		ftdi_txq_kill(tx);
		if (usb_clear_halt(fp->udev, usb_sndbulkpipe(fp->udev, fp->out)))
			dev_dbg(&fp->port->dev, "the endpoint out cannot be cleared\n");
	}
	spin_lock_irq(&tx->lock);
	if (broken)
		tx->held = tx->broken = false;
	if (tx->failures > PATIENCE)
		give_up(fp);
	ftdi_txq_submit(fp);
	spin_unlock_irq(&tx->lock);
	mutex_unlock(&tx->mutex);
	usb_serial_port_softint(fp->port);
	wake_up(&tx->drained);
}
