// SPDX-License-Identifier: GPL-2.0
/*
 * A slot's receive queue: page buffers posted for open ports only, filled by
 * the host, given back in batches, taken back when the port has been closed for
 * a while. The callback only wakes: while a reader is busy the host does not
 * interrupt at all. Who reads is in rx.c.
 */
#include <linux/gfp.h>
#include <linux/rcupdate.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "../compat/virtio.h"
#include "rx.h"

#define RX_TRIM_DELAY (5 * HZ)		/* a port closed for so long gives its pages back */

static void rxbuf_free(struct vcon_rxbuf *buf)
{
	__free_page(buf->page);
	kfree(buf);
}

static struct vcon_rxbuf *rxbuf_alloc(void)
{
	struct vcon_rxbuf *buf = kzalloc(sizeof(*buf), GFP_KERNEL);

	if (!buf)
		return NULL;
	/* Zeroed: a host that lies about a length must not show old memory. */
	buf->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!buf->page) {
		kfree(buf);
		return NULL;
	}
	return buf;
}

/**
 * vcon_rx_free_list - free buffers that are in no ring
 * @list: the buffers; empty afterwards
 */
void vcon_rx_free_list(struct list_head *list)
{
	struct vcon_rxbuf *buf, *next;

	list_for_each_entry_safe(buf, next, list, node)
		rxbuf_free(buf);
	INIT_LIST_HEAD(list);
}

static bool rx_post(struct vcon_rxq *q, struct vcon_rxbuf *buf)
{
	struct scatterlist sg;

	sg_init_table(&sg, 1);
	sg_set_page(&sg, buf->page, PAGE_SIZE, 0);
	if (virtqueue_add_inbuf(q->vq, &sg, 1, buf, GFP_ATOMIC))
		return false;
	q->posted++;
	return true;
}

/**
 * vcon_rx_repost - give what was read back to the host
 * @q: the queue, locked and present
 * @port: the port, for its counters, or NULL
 *
 * Return: true when the host has to be notified after unlocking.
 */
bool vcon_rx_repost(struct vcon_rxq *q, struct vcon_port *port)
{
	struct vcon_rxbuf *buf, *next;
	bool added = false;

	list_for_each_entry_safe(buf, next, &q->spent, node) {
		list_del(&buf->node);
		q->nr_spent--;
		if (!rx_post(q, buf)) {
			rxbuf_free(buf);
			continue;
		}
		added = true;
	}
	if (!added || !virtqueue_kick_prepare(q->vq))
		return false;
	if (port)
		port->stats.rx_kicks++;
	return true;
}

/**
 * vcon_rx_spend - a buffer was read to its end
 * @q: the queue, locked
 * @buf: the buffer, in no list
 */
void vcon_rx_spend(struct vcon_rxq *q, struct vcon_rxbuf *buf)
{
	list_add(&buf->node, &q->spent);
	q->nr_spent++;
}

/**
 * vcon_rx_collect - move what the host has filled to the list of the ready
 * @q: the queue, locked
 * @port: the port, for its counters, or NULL
 */
void vcon_rx_collect(struct vcon_rxq *q, struct vcon_port *port)
{
	struct vcon_rxbuf *buf;
	unsigned int len;
	bool got = false;

	if (!q->vq)
		return;
	while ((buf = virtqueue_get_buf(q->vq, &len))) {
		q->posted--;
		buf->off = 0;
		buf->len = min_t(unsigned int, len, PAGE_SIZE);
		if (buf->len == PAGE_SIZE)
			q->full_run++;
		else
			q->full_run = q->doze = 0;
		if (port)
			port->stats.bytes_received += buf->len;
		if (!buf->len) {
			vcon_rx_spend(q, buf);
			continue;
		}
		list_add_tail(&buf->node, &q->ready);
		q->ready_bytes += buf->len;
		got = true;
	}
	/*
	 * Whoever sleeps waits for the callback, and that is not made when there
	 * is nothing in the ring any more.
	 */
	if (got && port && q->live && !q->signalled) {
		q->signalled = true;
		if (!port->fasync)
			virtqueue_disable_cb(q->vq);
		wake_up_interruptible_poll(&port->rx_wait, EPOLLIN | EPOLLRDNORM);
		kill_fasync(&port->fasync, SIGIO, POLL_OUT);
	}
}

/* Data that nobody will read. */
static void rx_discard(struct vcon_rxq *q, struct vcon_port *port)
{
	struct vcon_rxbuf *buf, *next;

	vcon_rx_collect(q, port);
	list_for_each_entry_safe(buf, next, &q->ready, node) {
		if (port)
			port->stats.bytes_discarded += buf->len - buf->off;
		list_del(&buf->node);
		vcon_rx_spend(q, buf);
	}
	q->ready_bytes = 0;
}

/**
 * vcon_rx_has_data - is there something to read
 * @q: the queue, locked
 * @port: the port, for its counters
 *
 * If there is not, the callback is armed, so that the next buffer that the host
 * fills wakes whoever waits.
 *
 * Return: true when the list of the ready is not empty.
 */
bool vcon_rx_has_data(struct vcon_rxq *q, struct vcon_port *port)
{
	if (!list_empty(&q->ready))
		return true;
	for (;;) {
		vcon_rx_collect(q, port);
		if (!list_empty(&q->ready))
			return true;
		if (!q->vq)
			return false;
		q->signalled = false;
		if (virtqueue_enable_cb(q->vq))
			return false;
	}
}

/**
 * vcon_rx_kick - unlock a port's receive queue and tell the host of its buffers
 * @port: the port
 * @flags: interrupt state, of vcon_rx_lock()
 *
 * In an RCU read section, so that the queue outlives the kick that is given it
 * without the lock.
 *
 * Context: any.
 */
void vcon_rx_kick(struct vcon_port *port, unsigned long flags)
	__releases(&port->slot->rx.lock)
{
	struct virtqueue *vq = port->slot->rx.vq;

	rcu_read_lock();
	spin_unlock_irqrestore(&port->slot->rx.lock, flags);
	virtqueue_notify(vq);
	rcu_read_unlock();
}

/**
 * vcon_rx_callback - the host filled something
 * @vq: the receive queue
 *
 * Context: interrupt.
 */
void vcon_rx_callback(struct virtqueue *vq)
{
	struct vcon_slot *slot = vcon_slot_of(vq);
	struct vcon_rxq *q = &slot->rx;
	struct vcon_port *port;
	bool notify = false, tell = false;
	unsigned long flags;

	rcu_read_lock();
	spin_lock_irqsave(&q->lock, flags);
	port = rcu_dereference(slot->port);
	if (q->vq != vq) {
		/* Being torn down or trimmed. */
	} else if (!q->live) {
		rx_discard(q, port);
		notify = vcon_rx_repost(q, port);
	} else if (port && (!q->signalled || port->fasync)) {
		/* Nothing more until the reader has drained, but for SIGIO. */
		q->signalled = true;
		if (port->fasync)
			vcon_rx_collect(q, port);
		else
			virtqueue_disable_cb(vq);
		tell = true;
		port->stats.rx_interrupts++;
		wake_up_interruptible_poll(&port->rx_wait, EPOLLIN | EPOLLRDNORM);
	}
	spin_unlock_irqrestore(&q->lock, flags);
	if (notify)
		virtqueue_notify(vq);
	vcon_polled_arrived(slot);
	if (tell && port->is_console)
		vcon_console_poll(port);
	else if (tell)
		kill_fasync(&port->fasync, SIGIO, POLL_OUT);
	rcu_read_unlock();
}

/* Brings the number of posted buffers up to the target. */
static void rx_fill(struct vcon_slot *slot)
{
	struct vcon_rxq *q = &slot->rx;
	bool notify = false, more = true;
	struct virtqueue *vq;

	while (more) {
		struct vcon_rxbuf *buf = NULL;

		if (q->posted + q->nr_spent < q->target) {
			buf = rxbuf_alloc();
			if (!buf)
				break;
		}
		rcu_read_lock();
		spin_lock_irq(&q->lock);
		vq = q->vq;
		more = buf && vq;
		if (more)
			vcon_rx_spend(q, buf);
		else if (vq)
			notify = vcon_rx_repost(q, NULL);
		spin_unlock_irq(&q->lock);
		if (notify)
			virtqueue_notify(vq);
		rcu_read_unlock();
		if (buf && !more)
			rxbuf_free(buf);
	}
}

/* Posts what is missing and waits for the first arrival. */
static int rx_begin(struct vcon_slot *slot)
{
	struct vcon_rxq *q = &slot->rx;
	struct virtqueue *vq;
	bool missed = false;
	int ret = 0;

	rx_fill(slot);
	spin_lock_irq(&q->lock);
	vq = q->vq;
	if (vq) {
		q->signalled = false;
		missed = !virtqueue_enable_cb(vq);
		if (!q->posted && list_empty(&q->ready))
			ret = -ENOMEM;
	}
	q->live = !ret;
	spin_unlock_irq(&q->lock);
	/* Filled before the interrupt was armed: there will be none for it. */
	if (missed)
		vcon_rx_callback(vq);
	return ret;
}

/**
 * vcon_rx_start - post buffers and keep what arrives
 * @slot: the slot
 * @target: how many buffers to post, at most what the ring holds
 *
 * What had arrived while nobody listened is dropped.
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM when not one buffer could be posted.
 */
int vcon_rx_start(struct vcon_slot *slot, unsigned int target)
{
	struct vcon_rxq *q = &slot->rx;
	int ret;

	mutex_lock(&q->ring_mutex);
	cancel_delayed_work(&q->trim);
	spin_lock_irq(&q->lock);
	q->target = target;
	if (q->vq)
		q->target = min(target, virtqueue_get_vring_size(q->vq));
	rx_discard(q, rcu_dereference_protected(slot->port, lockdep_is_held(&q->lock)));
	q->live = true;
	spin_unlock_irq(&q->lock);
	ret = rx_begin(slot);
	mutex_unlock(&q->ring_mutex);
	return ret;
}

/**
 * vcon_rx_restart - post buffers again after the device has slept
 * @slot: the slot of a port that is open
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM when not one buffer could be posted.
 */
int vcon_rx_restart(struct vcon_slot *slot)
{
	int ret;

	mutex_lock(&slot->rx.ring_mutex);
	ret = rx_begin(slot);
	mutex_unlock(&slot->rx.ring_mutex);
	return ret;
}

/**
 * vcon_rx_stop - nobody listens any more
 * @slot: the slot
 *
 * Unread data is dropped and counted. The pages stay a while for the next
 * opener, then go where the device gives them back.
 *
 * Context: process, may sleep.
 */
void vcon_rx_stop(struct vcon_slot *slot)
{
	struct vcon_rxq *q = &slot->rx;
	struct virtqueue *vq;
	bool notify = false;

	mutex_lock(&q->ring_mutex);
	rcu_read_lock();
	spin_lock_irq(&q->lock);
	vq = q->vq;
	q->live = false;
	rx_discard(q, rcu_dereference(slot->port));
	while (vq) {
		notify |= vcon_rx_repost(q, rcu_dereference(slot->port));
		if (virtqueue_enable_cb(vq))
			break;
		rx_discard(q, rcu_dereference(slot->port));
	}
	spin_unlock_irq(&q->lock);
	if (notify)
		virtqueue_notify(vq);
	rcu_read_unlock();
	if (vq && !q->cannot_trim)
		queue_delayed_work(vcon_wq, &q->trim, RX_TRIM_DELAY);
	mutex_unlock(&q->ring_mutex);
}

static void rx_recycle(struct virtqueue *vq, void *buf)
{
	rxbuf_free(buf);
}

/* Takes the pages of a closed port back from the device. */
static void rx_trim(struct work_struct *work)
{
	struct vcon_slot *slot = container_of(to_delayed_work(work), struct vcon_slot, rx.trim);
	struct vcon_rxq *q = &slot->rx;
	struct virtqueue *vq;
	int err;

	mutex_lock(&q->ring_mutex);
	spin_lock_irq(&q->lock);
	vq = q->vq;
	if (q->live || q->no_trim || !vq || !q->posted) {
		spin_unlock_irq(&q->lock);
		goto out;
	}
	rx_discard(q, NULL);
	q->vq = NULL;
	spin_unlock_irq(&q->lock);
	synchronize_rcu();

	mutex_lock(&slot->dev->reset_mutex);
	err = compat_virtqueue_take_back(vq, rx_recycle);
	mutex_unlock(&slot->dev->reset_mutex);
	if (err == -ENOMEM)
		err = 0;	/* taken back all the same, into the old ring */
	q->cannot_trim = err == -ENOENT || err == -EOPNOTSUPP;

	spin_lock_irq(&q->lock);
	if (!err)
		q->posted = 0;
	if (!err || q->cannot_trim)
		q->vq = vq;
	else
		dev_err(&slot->dev->vdev->dev, "port %u: receive queue lost (%d)\n",
			slot->id, err);
	vcon_rx_free_list(&q->spent);
	q->nr_spent = 0;
	spin_unlock_irq(&q->lock);
out:
	mutex_unlock(&q->ring_mutex);
}

/**
 * vcon_rx_quiet - no trim is under way or begins any more
 * @slot: the slot, whose device is about to be reset
 *
 * Context: process, sleeps.
 */
void vcon_rx_quiet(struct vcon_slot *slot)
{
	mutex_lock(&slot->rx.ring_mutex);
	slot->rx.no_trim = true;
	mutex_unlock(&slot->rx.ring_mutex);
	cancel_delayed_work_sync(&slot->rx.trim);
}

/**
 * vcon_rx_attach - give a slot its receive queue
 * @slot: the slot
 * @vq: the queue, or NULL: takes it away from a device that has been reset,
 *	with what it has received
 *
 * Context: process, sleeps.
 */
void vcon_rx_attach(struct vcon_slot *slot, struct virtqueue *vq)
{
	struct vcon_rxq *q = &slot->rx;
	struct vcon_port *port;

	mutex_lock(&q->ring_mutex);
	spin_lock_irq(&q->lock);
	port = rcu_dereference_protected(slot->port, lockdep_is_held(&q->lock));
	if (q->live)
		vcon_rx_collect(q, port);
	else
		rx_discard(q, port);
	q->vq = vq;
	q->no_trim = !vq;
	spin_unlock_irq(&q->lock);
	mutex_unlock(&q->ring_mutex);
}

/**
 * vcon_rx_purge - free the empty buffers of a queue that the device has left
 * @slot: the slot, which vcon_rx_attach() has taken the queue from; what it has
 *	received stays for its readers
 * @vq: the queue, reset
 */
void vcon_rx_purge(struct vcon_slot *slot, struct virtqueue *vq)
{
	struct vcon_rxq *q = &slot->rx;
	struct vcon_rxbuf *buf;

	spin_lock_irq(&q->lock);
	vcon_rx_free_list(&q->spent);
	q->nr_spent = 0;
	q->signalled = false;
	while ((buf = virtqueue_detach_unused_buf(vq)))
		rxbuf_free(buf);
	q->posted = 0;
	spin_unlock_irq(&q->lock);
}

/**
 * vcon_rx_init - make a slot's empty receive queue
 * @slot: the slot
 */
void vcon_rx_init(struct vcon_slot *slot)
{
	struct vcon_rxq *q = &slot->rx;

	mutex_init(&q->ring_mutex);
	INIT_DELAYED_WORK(&q->trim, rx_trim);
	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->ready);
	INIT_LIST_HEAD(&q->spent);
}
