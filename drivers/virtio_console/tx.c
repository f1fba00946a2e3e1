// SPDX-License-Identifier: GPL-2.0
/*
 * Writing to a port: waiting for the host and for room, copying from user
 * space, waiting until everything is consumed. Bytes go into the queue's open
 * buffer; what happens to them there is in txq.c.
 */

#include "trace.h"
#include "tx.h"

#define TX_LARGE (64u << 10)	/* the open buffer: contiguous when memory allows */
#define TX_BOUNCE 256		/* writes up to this take the lock once */

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

/* After the copy: accounts for @n more bytes in the open buffer and pushes. */
static bool tx_commit(struct vcon_port *port, struct vcon_txbuf *buf, u32 n)
{
	struct vcon_txq *q = &port->slot->tx;

	buf->len += n;
	q->queued += n;
	port->stats.bytes_sent += n;
	if (!port->host_connected) {
		/* The host will discard it: say so. */
		port->stats.bytes_lost += n;
		port->lost_since_sync = true;
	}
	return q->vq && vcon_tx_push(port->slot, port);
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

/* Copies from kernel memory under the lock: one lock for a small message. */
static ssize_t tx_write_small(struct vcon_port *port, const char *data, u32 count)
{
	struct vcon_txq *q = &port->slot->tx;
	struct vcon_txbuf *buf, *fresh = NULL;
	unsigned long flags;
	ssize_t ret;
	bool notify;
	u32 want;

again:
	flags = vcon_tx_lock(port);
	notify = false;
	want = tx_wanted_size(q, count);
	buf = port->gone ? NULL : tx_open_buffer(q, want, &fresh);
	if (port->gone) {
		ret = -ENODEV;
	} else if (buf) {
		ret = min(count, buf->size - buf->len);
		memcpy(buf->data + buf->len, data, ret);
		notify = tx_commit(port, buf, ret);
	} else {
		ret = q->open ? 0 : -ENOBUFS;
	}
	vcon_tx_unlock(port, flags, notify);
	if (ret == -ENOBUFS) {
		fresh = vcon_txbuf_alloc(want, GFP_KERNEL);
		if (fresh)
			goto again;
		return -ENOMEM;
	}
	vcon_txbuf_free(fresh);
	return ret;
}

/* Takes the open buffer out of everybody's hands, to be filled without the lock. */
static struct vcon_txbuf *tx_claim(struct vcon_port *port, size_t count)
{
	struct vcon_txq *q = &port->slot->tx;
	struct vcon_txbuf *buf, *fresh = NULL;
	unsigned long flags;
	u32 want;

again:
	flags = vcon_tx_lock(port);
	want = tx_wanted_size(q, count);
	if (port->gone) {
		buf = ERR_PTR(-ENODEV);
	} else {
		buf = tx_open_buffer(q, want, &fresh);
		q->filling = buf;
		if (!buf && !q->open)
			buf = ERR_PTR(-ENOBUFS);
	}
	vcon_tx_unlock(port, flags, false);
	if (buf != ERR_PTR(-ENOBUFS)) {
		vcon_txbuf_free(fresh);
		return buf;
	}
	fresh = vcon_txbuf_alloc(want, GFP_KERNEL);
	if (fresh)
		goto again;
	return ERR_PTR(-ENOMEM);
}

static ssize_t tx_write_large(struct vcon_port *port, struct iov_iter *from)
{
	struct vcon_txbuf *buf = tx_claim(port, iov_iter_count(from));
	bool notify = false;
	unsigned long flags;
	ssize_t ret;
	size_t n;

	if (IS_ERR_OR_NULL(buf))
		return PTR_ERR_OR_ZERO(buf);
	n = min_t(size_t, buf->size - buf->len, iov_iter_count(from));
	n = copy_from_iter(buf->data + buf->len, n, from);
	flags = vcon_tx_lock(port);
	if (port->gone) {
		/* Unplugged meanwhile: the slot has forgotten the buffer. */
		vcon_txbuf_free(buf);
		ret = -ENODEV;
	} else {
		port->slot->tx.filling = NULL;
		notify = tx_commit(port, buf, n);
		ret = n ? n : -EFAULT;
	}
	vcon_tx_unlock(port, flags, notify);
	return ret;
}

static ssize_t tx_write_piece(struct vcon_port *port, struct iov_iter *from)
{
	size_t count = iov_iter_count(from);
	char bounce[TX_BOUNCE];
	ssize_t ret;

	if (count > sizeof(bounce))
		return tx_write_large(port, from);
	if (copy_from_iter(bounce, count, from) != count)
		return -EFAULT;
	ret = tx_write_small(port, bounce, count);
	iov_iter_revert(from, count - max_t(ssize_t, ret, 0));
	return ret;
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
		ret = tx_wait_writable(port, nonblock, total);
		if (ret)
			break;
		ret = tx_write_piece(port, from);
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
