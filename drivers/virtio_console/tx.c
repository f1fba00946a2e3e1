// SPDX-License-Identifier: GPL-2.0
/*
 * Writing to a port: waiting for the host and for room, copying from user
 * space, waiting until everything is consumed. Bytes go into the queue's open
 * buffer; what happens to them there is in txq.c.
 */

#include <linux/freezer.h>

#include "../compat/uaccess.h"
#include "trace.h"
#include "tx.h"

#define TX_LARGE (64u << 10)	/* the open buffer: contiguous when memory allows */
#define TX_STREAM 16		/* writes behind one another that are a stream */
#define TX_QUICK PAGE_SIZE	/* writes up to this are copied under the lock, in one go */

/* 1: a write gets somewhere now; 0: it has to wait; -ENODEV: there is no port. */
static int tx_writable(struct vcon_port *port)
{
	struct vcon_txq *q = &port->slot->tx;
	unsigned long flags = vcon_tx_lock(port);
	bool notify = false;
	int ret = 0;

	if (port->gone) {
		ret = -ENODEV;
	} else if (q->vq && port->host_connected) {
		if (q->queued >= VCON_TX_AGAIN)
			notify = vcon_tx_push(port->slot, port);
		ret = vcon_tx_has_room(q);
		if (!ret) {
			q->want_room = true;
			notify |= vcon_tx_push(port->slot, port);
			ret = vcon_tx_has_room(q);
		}
	}
	vcon_tx_unlock(port, flags, notify);
	return ret;
}

static void tx_count_rescue(struct vcon_port *port)
{
	unsigned long flags = vcon_tx_lock(port);

	port->stats.tx_rescues++;
	trace_vcon_rescue(port->dev.devt, false);
	vcon_tx_unlock(port, flags, false);
}

/*
 * Waits until @done says so, looking for itself now and then: a lost interrupt
 * costs a second, not a hang. @done returns 0 while it has to wait.
 */
static int tx_wait(struct vcon_port *port, int (*done)(struct vcon_port *port))
{
	for (;;) {
		long left = wait_event_freezable_timeout(port->tx_wait, done(port),
							 VCON_RESCUE_INTERVAL);

		if (left < 0)
			return left;
		if (left == 1)
			tx_count_rescue(port);
		if (left)
			return 0;
	}
}

/* As tx_writable(), but a host that has gone ends the wait as well. */
static int tx_writable_or_closed(struct vcon_port *port)
{
	return READ_ONCE(port->host_connected) ? tx_writable(port) : 1;
}

/* A writer may go on (0) or not (-EAGAIN, -ENODEV, -ERESTARTSYS). */
static int tx_wait_writable(struct vcon_port *port, bool nonblock, bool started)
{
	int ret = tx_writable(port);
	unsigned long flags;

	if (ret)
		return min(ret, 0);
	flags = vcon_tx_lock(port);
	port->stats.tx_full++;
	vcon_tx_unlock(port, flags, false);
	if (nonblock)
		return -EAGAIN;
	ret = tx_wait(port, started ? tx_writable_or_closed : tx_writable);
	if (ret)
		return ret;
	if (started && !READ_ONCE(port->host_connected))
		return -EAGAIN;
	return min(tx_writable(port), 0);
}

/*
 * Behind a flight only the first bytes push, which arms the interrupt of its
 * landing; those that follow ride along, and cost neither a look at the ring nor a
 * kick. Where the host is quick that is a kick and an interrupt for every few
 * writes: in a stream the bytes collect until the buffer is full, or for a timer.
 */
static bool tx_has_to_push(struct vcon_txq *q, struct vcon_txbuf *buf, bool first)
{
	if (!q->flights)
		q->streak = 0;
	if (!q->flights || buf->len == buf->size)
		return true;
	if (++q->streak <= TX_STREAM)
		return first;
	if (first)
		vcon_tx_hold(q);
	return false;
}

/* After the copy: accounts for @n more bytes in the open buffer. */
static bool tx_commit(struct vcon_port *port, struct vcon_txbuf *buf, u32 n)
{
	struct vcon_txq *q = &port->slot->tx;
	bool first = !buf->len;

	buf->len += n;
	q->queued += n;
	port->stats.bytes_sent += n;
	if (!port->host_connected) {
		/* The host will discard it: say so. */
		port->stats.bytes_lost += n;
		port->lost_since_sync = true;
	}
	return q->vq && tx_has_to_push(q, buf, first) && vcon_tx_push(port->slot, port);
}

/* Whether a write may add bytes now. The queue is locked. */
static int tx_may_add(struct vcon_port *port)
{
	struct vcon_txq *q = &port->slot->tx;

	if (port->gone)
		return -ENODEV;
	return q->vq && port->host_connected && q->queued < VCON_TX_LIMIT ? 0 : -EAGAIN;
}

/*
 * Makes sure that there is an open buffer with room, taking a spare or
 * @fresh. Returns it, or NULL when the caller has to allocate or to wait.
 */
static struct vcon_txbuf *tx_open_buffer(struct vcon_txq *q, u32 want, struct vcon_txbuf **fresh)
{
	if (q->open)
		return q->open->len < q->open->size ? q->open : NULL;
	q->open = vcon_tx_take_spare(q, want);
	if (!q->open && *fresh) {
		q->open = *fresh;
		*fresh = NULL;
	}
	return q->open;
}

/* A buffer for @count bytes: whole pages alone, a large one in company. */
static u32 tx_wanted_size(struct vcon_txq *q, size_t count)
{
	if (q->flights || count > PAGE_SIZE)
		return count > PAGE_SIZE ? min_t(size_t, PAGE_ALIGN(count), TX_LARGE) : TX_LARGE;
	return PAGE_SIZE;
}

/*
 * The open buffer, for a write of @count bytes; or -EAGAIN: there is no room;
 * -ENOBUFS: allocate *@fresh, of @want bytes; -ENODEV. The queue is locked.
 * What has landed is taken back before memory is asked for or a writer waits.
 */
static struct vcon_txbuf *tx_buffer_for(struct vcon_port *port, size_t count, u32 *want,
					struct vcon_txbuf **fresh, bool *notify)
{
	struct vcon_txq *q = &port->slot->tx;
	struct vcon_txbuf *buf;
	int err;

	if (!port->gone && q->vq && q->flights && (!q->open || q->queued >= VCON_TX_AGAIN))
		*notify = vcon_tx_push(port->slot, port);
	err = tx_may_add(port);
	if (err)
		return ERR_PTR(err);
	*want = tx_wanted_size(q, count);
	buf = tx_open_buffer(q, *want, fresh);
	if (buf)
		return buf;
	return ERR_PTR(q->open ? -EAGAIN : -ENOBUFS);
}

/*
 * Copies a small message under the lock: one lock for it all. From @user all of
 * @count or nothing, and not into another's message: whoever writes in several
 * pieces holds the mutex from before his first. -EFAULT also when the memory is only
 * not there at the moment.
 */
static __always_inline ssize_t tx_write_quick(struct vcon_port *port, size_t count,
					      struct iov_iter *from, const char __user *user,
					      u32 *want, struct vcon_txbuf **fresh)
{
	unsigned long flags = vcon_tx_lock(port);
	bool notify = false;
	struct vcon_txbuf *buf;
	ssize_t ret;
	size_t n;

	if (user && mutex_is_locked(&port->write_mutex))
		buf = ERR_PTR(-EAGAIN);
	else
		buf = tx_buffer_for(port, count, want, fresh, &notify);
	if (IS_ERR(buf)) {
		ret = PTR_ERR(buf);
	} else if (user && buf->size - buf->len < count) {
		ret = -EAGAIN;
	} else {
		void *to = buf->data + buf->len;

		count = min_t(size_t, count, buf->size - buf->len);
		pagefault_disable();
		if (user)
			n = copy_from_user_bounded(to, user, count) ? 0 : count;
		else
			n = copy_from_iter(to, count, from);
		pagefault_enable();
		if (n == count) {
			notify |= tx_commit(port, buf, n);
			ret = n;
		} else {
			if (!user)
				iov_iter_revert(from, n);
			ret = -EFAULT;
		}
	}
	vcon_tx_unlock(port, flags, notify);
	return ret;
}

/* Copies without the lock, into a buffer that is out of everybody's hands meanwhile. */
static ssize_t tx_write_slow(struct vcon_port *port, struct iov_iter *from, u32 *want,
			     struct vcon_txbuf **fresh)
{
	struct vcon_txq *q = &port->slot->tx;
	unsigned long flags = vcon_tx_lock(port);
	struct vcon_txbuf *buf;
	bool notify = false;
	ssize_t ret;
	size_t n;

	buf = tx_buffer_for(port, iov_iter_count(from), want, fresh, &notify);
	if (!IS_ERR(buf))
		q->filling = buf;
	vcon_tx_unlock(port, flags, notify);
	if (IS_ERR(buf))
		return PTR_ERR(buf);

	n = min_t(size_t, buf->size - buf->len, iov_iter_count(from));
	n = copy_from_iter(buf->data + buf->len, n, from);
	notify = false;
	flags = vcon_tx_lock(port);
	if (port->gone) {
		/* Unplugged meanwhile: the slot has forgotten the buffer. */
		vcon_txbuf_free(buf);
		ret = -ENODEV;
	} else {
		q->filling = NULL;
		if (n)
			notify = tx_commit(port, buf, n);
		else if (q->vq)	/* what was in it already had to wait */
			notify = vcon_tx_push(port->slot, port);
		ret = n ? n : -EFAULT;
	}
	vcon_tx_unlock(port, flags, notify);
	return ret;
}

/* Writes as much as fits into one buffer; -EAGAIN when there is no room. */
static ssize_t tx_write_piece(struct vcon_port *port, struct iov_iter *from)
{
	struct vcon_txbuf *fresh = NULL;
	ssize_t ret = -EFAULT;
	u32 want = 0;

	for (;;) {
		if (iov_iter_count(from) <= TX_QUICK)
			ret = tx_write_quick(port, iov_iter_count(from), from, NULL, &want,
					     &fresh);
		if (ret == -EFAULT)
			ret = tx_write_slow(port, from, &want, &fresh);
		if (ret != -ENOBUFS)
			break;
		fresh = vcon_txbuf_alloc(want, GFP_KERNEL);
		if (!fresh)
			return -ENOMEM;
		ret = -EFAULT;
	}
	vcon_txbuf_free(fresh);
	return ret;
}

/**
 * vcon_tx_write_quick - write a small message that there is room for
 * @port: the port
 * @from: the bytes, which access_ok() has allowed
 * @count: how many
 *
 * Context: process.
 * Return: whether all were accepted; otherwise vcon_tx_write() sees to it.
 */
bool vcon_tx_write_quick(struct vcon_port *port, const char __user *from, size_t count)
{
	struct vcon_txbuf *fresh = NULL;
	u32 want;

	return count && count <= TX_QUICK &&
	       tx_write_quick(port, count, NULL, from, &want, &fresh) > 0;
}

/**
 * vcon_tx_write - write a whole message to a port
 * @port: the port
 * @from: the bytes
 * @nonblock: take what fits now instead of waiting for the host
 *
 * A blocking write takes everything unless a signal, an unplug or a host that
 * closes in the middle ends it; then the count says how much was accepted.
 *
 * Context: process, may sleep unless @nonblock (and then only for memory).
 * Return: bytes accepted, -EAGAIN, -ENODEV, -EFAULT, -ENOMEM or -ERESTARTSYS.
 */
ssize_t vcon_tx_write(struct vcon_port *port, struct iov_iter *from, bool nonblock)
{
	ssize_t total = 0, ret = 0;

	if (!iov_iter_count(from))
		return 0;
	if (nonblock) {
		if (!mutex_trylock(&port->write_mutex))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&port->write_mutex)) {
		return -ERESTARTSYS;
	}
	while (iov_iter_count(from)) {
		ret = tx_write_piece(port, from);
		if (ret == -EAGAIN)
			ret = tx_wait_writable(port, nonblock, total);
		if (ret < 0)
			break;
		total += ret;
	}
	mutex_unlock(&port->write_mutex);
	return total ? total : ret;
}

/**
 * vcon_tx_poll - would a write get somewhere
 * @port: the port; @port->tx_wait is woken when that changes
 *
 * Return: true when the host is there and the queue has room.
 */
bool vcon_tx_poll(struct vcon_port *port)
{
	return tx_writable(port) > 0;
}

/**
 * vcon_tx_queued - what the host has not consumed yet
 * @port: the port
 *
 * Return: bytes.
 */
unsigned int vcon_tx_queued(struct vcon_port *port)
{
	unsigned long flags = vcon_tx_lock(port);
	unsigned int queued = 0;
	bool notify = false;

	if (!port->gone) {
		if (port->slot->tx.vq)
			notify = vcon_tx_push(port->slot, port);
		queued = port->slot->tx.queued;
	}
	vcon_tx_unlock(port, flags, notify);
	return queued;
}

static int tx_drained(struct vcon_port *port)
{
	struct vcon_txq *q = &port->slot->tx;
	unsigned long flags = vcon_tx_lock(port);
	bool notify = false;
	int ret = 1;

	if (!port->gone && q->vq) {
		q->want_drain = q->queued;
		notify = vcon_tx_push(port->slot, port);
		ret = !q->queued || !port->host_connected;
	}
	vcon_tx_unlock(port, flags, notify);
	return ret;
}

/**
 * vcon_tx_settle - give the host time to consume what is queued
 * @port: the port
 * @timeout: at most so long, in jiffies
 *
 * Context: process, sleeps.
 */
void vcon_tx_settle(struct vcon_port *port, unsigned long timeout)
{
	wait_event_timeout(port->tx_wait, tx_drained(port), timeout);
}

/**
 * vcon_tx_sync - wait until the host has consumed everything written
 * @port: the port
 *
 * Context: process, sleeps.
 * Return: 0; -EIO when bytes were lost to a closing host since the last call;
 * -ENODEV; -ERESTARTSYS.
 */
int vcon_tx_sync(struct vcon_port *port)
{
	unsigned long flags;
	int ret = tx_wait(port, tx_drained);

	if (ret)
		return ret;
	flags = vcon_tx_lock(port);
	if (port->gone)
		ret = -ENODEV;
	else if (port->lost_since_sync)
		ret = -EIO;
	port->lost_since_sync = false;
	vcon_tx_unlock(port, flags, false);
	return ret;
}
