// SPDX-License-Identifier: GPL-2.0
/*
 * Reading from a port: waiting for the host, copying from as many buffers as
 * are ready, console input. The queue they come from is in rxq.c.
 */
#include <linux/freezer.h>
#include <linux/mm.h>

#include "../compat/uaccess.h"
#include "rx.h"
#include "trace.h"

#define RX_QUICK PAGE_SIZE	/* reads up to this are copied under the lock */
#define RX_TAKE 16	/* buffers that a reader copies from at a time */
#define RX_STREAM 8	/* full buffers in a row: a stream, of which more comes at once */
#define RX_DOZE_NS 100000	/* how long a reader of a stream sleeps without interrupts: first ... */
#define RX_DOZES 5	/* it doubles so often at most ... */
#define RX_DOZES_EMPTY 2	/* ... and once it has so often, an empty one ends the stream */

/* 1: read() gets somewhere now; 0: it has to wait, the callback is armed; -ENODEV. */
static int rx_readable(struct vcon_port *port)
{
	unsigned long flags = vcon_rx_lock(port);
	int ret;

	if (port->gone)
		ret = -ENODEV;
	else
		ret = vcon_rx_has_data(&port->slot->rx, port) || !port->host_connected;
	vcon_rx_unlock(port, flags, false);
	return ret;
}

static void rx_count_rescue(struct vcon_port *port)
{
	unsigned long flags = vcon_rx_lock(port);

	port->stats.rx_rescues++;
	trace_vcon_rescue(port->dev.devt, true);
	vcon_rx_unlock(port, flags, false);
}

/* What ends a wait, without a look at the ring: the callback has looked. */
static bool rx_called(struct vcon_port *port)
{
	return READ_ONCE(port->slot->rx.signalled) || READ_ONCE(port->gone) ||
	       !READ_ONCE(port->host_connected);
}

/* How long the next doze of a stream's reader is to be, after one that brought what is ready. */
static void rx_next_doze(struct vcon_rxq *q)
{
	unsigned int worth = q->target * PAGE_SIZE / 4;

	if (q->ready_bytes < worth && q->doze < RX_DOZES)
		q->doze++;
	else if (q->ready_bytes > 2 * worth && q->doze)
		q->doze--;
}

/*
 * In a stream the next buffers are on their way: to sleep for a moment and find
 * several costs less than an interrupt for each, and nothing arms the callback.
 * The doze doubles until it brings a quarter of what the ring holds, which leaves
 * the processor to other readers. A buffer that is not full ends the stream, so it
 * waits no longer than the stream had taken until then. Returns true when
 * something came.
 */
static bool rx_doze(struct vcon_port *port)
{
	struct vcon_rxq *q = &port->slot->rx;
	bool came = false, over = false;
	unsigned long flags;

	while (!came && !over && READ_ONCE(q->full_run) >= RX_STREAM) {
		over = wait_event_interruptible_hrtimeout(port->rx_wait, READ_ONCE(port->gone) ||
							  !READ_ONCE(port->host_connected),
							  RX_DOZE_NS << READ_ONCE(q->doze)) != -ETIME;
		flags = vcon_rx_lock(port);
		if (!port->gone)
			vcon_rx_collect(q, port);
		came = !port->gone && !list_empty(&q->ready);
		over |= !came && q->doze >= RX_DOZES_EMPTY;
		if (over)
			q->full_run = q->doze = 0;
		else if (q->full_run)
			rx_next_doze(q);
		vcon_rx_unlock(port, flags, false);
	}
	return came;
}

/*
 * Waits for something to read, or for the host to close. Looks for itself now
 * and then: a lost interrupt costs a second, not a hang.
 */
static int rx_wait(struct vcon_port *port, bool nonblock)
{
	if (!nonblock && rx_doze(port))
		return 0;
	for (;;) {
		int ret = rx_readable(port);
		long left;

		if (ret)
			return min(ret, 0);
		if (nonblock)
			return -EAGAIN;
		left = wait_event_freezable_timeout(port->rx_wait, rx_called(port),
						    VCON_RESCUE_INTERVAL);
		if (left)
			return min(left, 0L);
		if (rx_readable(port))
			rx_count_rescue(port);
	}
}

/* Takes up to RX_TAKE ready buffers for a copy without the lock. */
static bool rx_take(struct vcon_port *port, size_t want, struct list_head *taken)
{
	struct vcon_rxq *q = &port->slot->rx;
	unsigned long flags = vcon_rx_lock(port);
	struct list_head *last = &q->ready;
	struct vcon_rxbuf *buf;
	unsigned int n = 0;
	size_t bytes = 0;

	if (port->gone)
		goto out;
	vcon_rx_collect(q, port);
	list_for_each_entry(buf, &q->ready, node) {
		if (n++ == RX_TAKE || bytes >= want)
			break;
		bytes += buf->len - buf->off;
		last = &buf->node;
	}
	list_cut_position(taken, &q->ready, last);
	q->ready_bytes -= bytes;
out:
	vcon_rx_unlock(port, flags, false);
	return bytes;
}

/* Gives buffers back in batches, long before the host has none left. */
static bool rx_repost_some(struct vcon_rxq *q, struct vcon_port *port)
{
	return q->vq && q->nr_spent >= q->target / 4 && vcon_rx_repost(q, port);
}

/* Puts back what was not read, and the read ones, which come first, into the host's hands. */
static bool rx_put_back(struct vcon_port *port, struct list_head *taken)
{
	struct vcon_rxq *q = &port->slot->rx;
	unsigned long flags = vcon_rx_lock(port);
	bool gone = port->gone, notify = false;
	struct list_head *last = taken;
	unsigned int n = 0, bytes = 0;
	struct vcon_rxbuf *buf;
	LIST_HEAD(spent);

	if (gone)
		vcon_rx_free_list(taken);
	list_for_each_entry(buf, taken, node) {
		if (buf->off < buf->len) {
			bytes += buf->len - buf->off;
			continue;
		}
		last = &buf->node;
		n++;
	}
	list_cut_position(&spent, taken, last);
	list_splice(&spent, &q->spent);
	q->nr_spent += n;
	list_splice(taken, &q->ready);
	q->ready_bytes += bytes;
	/* Whoever looked meanwhile found nothing and went to sleep. */
	if (bytes) {
		q->signalled = true;
		wake_up_interruptible_poll(&port->rx_wait, EPOLLIN | EPOLLRDNORM);
	}
	if (!gone)
		notify = rx_repost_some(q, port);
	vcon_rx_unlock(port, flags, notify);
	return !gone;
}

/*
 * Copies from the first buffer under the lock: one lock for a small message. To
 * @user all of @count or nothing, and nothing while another reader, who holds the
 * mutex, may have taken what comes first. 0: it is not there, or the caller's memory
 * is not at the moment.
 */
static __always_inline size_t rx_copy_quick(struct vcon_port *port, size_t count,
					    struct iov_iter *to, char __user *user)
{
	struct vcon_rxq *q = &port->slot->rx;
	unsigned long flags = vcon_rx_lock(port);
	struct vcon_rxbuf *buf;
	bool notify = false;
	size_t n = 0;
	void *bytes;

	if (port->gone || (user && mutex_is_locked(&port->read_mutex)))
		goto out;
	if (list_empty(&q->ready))
		vcon_rx_collect(q, port);
	buf = list_first_entry_or_null(&q->ready, struct vcon_rxbuf, node);
	if (!buf || (user && buf->len - buf->off < count))
		goto out;
	bytes = page_address(buf->page) + buf->off;
	pagefault_disable();
	if (user)
		n = copy_to_user_bounded(user, bytes, count) ? 0 : count;
	else
		n = copy_to_iter(bytes, min_t(size_t, buf->len - buf->off, count), to);
	pagefault_enable();
	buf->off += n;
	q->ready_bytes -= n;
	if (buf->off == buf->len) {
		list_del(&buf->node);
		vcon_rx_spend(q, buf);
		notify = rx_repost_some(q, port);
	}
out:
	vcon_rx_unlock(port, flags, notify);
	return n;
}

/* Copies what is ready. -EFAULT leaves the data in place. */
static ssize_t rx_copy(struct vcon_port *port, struct iov_iter *to)
{
	ssize_t total = 0;
	bool fault = false;

	if (iov_iter_count(to) <= RX_QUICK)
		total = rx_copy_quick(port, iov_iter_count(to), to, NULL);
	while (iov_iter_count(to) && !fault) {
		struct vcon_rxbuf *buf;
		LIST_HEAD(taken);

		if (!rx_take(port, iov_iter_count(to), &taken))
			break;
		list_for_each_entry(buf, &taken, node) {
			size_t want = min_t(size_t, buf->len - buf->off, iov_iter_count(to));
			size_t n = copy_to_iter_bounded(page_address(buf->page) + buf->off, want,
							to);

			buf->off += n;
			total += n;
			fault = n < want;
			if (fault || !iov_iter_count(to))
				break;
		}
		if (!rx_put_back(port, &taken))
			break;
	}
	return total || !fault ? total : -EFAULT;
}

/**
 * vcon_rx_read_quick - read a small message that has come already
 * @port: the port
 * @to: where to, which access_ok() has allowed
 * @count: bytes
 *
 * Context: process.
 * Return: whether they were read; otherwise vcon_rx_read() sees to it.
 */
bool vcon_rx_read_quick(struct vcon_port *port, char __user *to, size_t count)
{
	return count && count <= RX_QUICK && rx_copy_quick(port, count, NULL, to);
}

/**
 * vcon_rx_read - read what a port has received
 * @port: the port
 * @to: where to; filled from as many buffers as are ready
 * @nonblock: do not wait for the host
 *
 * Context: process, sleeps unless @nonblock.
 * Return: bytes read; 0 when there is nothing and the host is not connected;
 * -EAGAIN, -ENODEV, -EFAULT or -ERESTARTSYS.
 */
ssize_t vcon_rx_read(struct vcon_port *port, struct iov_iter *to, bool nonblock)
{
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;
	for (;;) {
		if (nonblock ? !mutex_trylock(&port->read_mutex) :
			       mutex_lock_interruptible(&port->read_mutex))
			return nonblock ? -EAGAIN : -ERESTARTSYS;
		ret = rx_copy(port, to);
		mutex_unlock(&port->read_mutex);
		if (ret)
			return ret;
		ret = rx_wait(port, nonblock);
		if (ret)
			return ret;
		/* Nothing is left for us: an end of file, or another reader has it. */
		if (!READ_ONCE(port->host_connected) && !vcon_rx_pending(port))
			return READ_ONCE(port->gone) ? -ENODEV : 0;
	}
}

/**
 * vcon_rx_get_chars - console input
 * @port: a console
 * @buf: where to
 * @count: at most so many characters
 *
 * Context: any.
 * Return: how many; 0 arms the interrupt for the next; -EPIPE without a port.
 */
int vcon_rx_get_chars(struct vcon_port *port, char *buf, int count)
{
	struct vcon_rxq *q = &port->slot->rx;
	unsigned long flags = vcon_rx_lock(port);
	bool notify = false;
	int done = 0;

	if (port->gone) {
		vcon_rx_unlock(port, flags, false);
		return -EPIPE;
	}
	while (done < count && vcon_rx_has_data(q, port)) {
		struct vcon_rxbuf *rx = list_first_entry(&q->ready, struct vcon_rxbuf, node);
		int n = min_t(int, rx->len - rx->off, count - done);

		memcpy(buf + done, page_address(rx->page) + rx->off, n);
		rx->off += n;
		q->ready_bytes -= n;
		done += n;
		if (rx->off == rx->len) {
			list_del(&rx->node);
			vcon_rx_spend(q, rx);
		}
	}
	notify = rx_repost_some(q, port);
	vcon_rx_unlock(port, flags, notify);
	return done;
}

/**
 * vcon_rx_pending - what can be read without waiting
 * @port: the port
 *
 * Return: bytes.
 */
unsigned int vcon_rx_pending(struct vcon_port *port)
{
	unsigned long flags = vcon_rx_lock(port);
	unsigned int bytes = 0;

	if (!port->gone) {
		vcon_rx_collect(&port->slot->rx, port);
		if (vcon_rx_has_data(&port->slot->rx, port))
			bytes = port->slot->rx.ready_bytes;
	}
	vcon_rx_unlock(port, flags, false);
	return bytes;
}

/**
 * vcon_rx_arm - let every arrival be announced, not only the first
 * @port: the port, which has just got a SIGIO listener
 */
void vcon_rx_arm(struct vcon_port *port)
{
	struct vcon_rxq *q = &port->slot->rx;
	unsigned long flags = vcon_rx_lock(port);

	if (!port->gone && q->vq) {
		do
			vcon_rx_collect(q, port);
		while (!virtqueue_enable_cb(q->vq));
	}
	vcon_rx_unlock(port, flags, false);
}
