// SPDX-License-Identifier: GPL-2.0
/*
 * A slot's transmit queue: buffers, what is in flight, what collects behind it,
 * and when the host is told. Who puts bytes in is in tx.c (writers) and
 * txcon.c (consoles); both hold the queue's lock when they call here.
 */
#include <linux/gfp.h>
#include <linux/rcupdate.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "../compat/hrtimer.h"
#include "trace.h"
#include "tx.h"

#define TX_HOLD_NS (400 * NSEC_PER_USEC)	/* what a stream's bytes wait at most */
#define TX_SPARES 9		/* idle buffers that an open port keeps: a full queue's */

/**
 * vcon_txbuf_alloc - a buffer of contiguous memory
 * @size: bytes wanted; fewer, but at least a page, when memory is fragmented
 * @gfp: how to allocate
 *
 * Return: the buffer, or NULL.
 */
struct vcon_txbuf *vcon_txbuf_alloc(u32 size, gfp_t gfp)
{
	struct vcon_txbuf *buf = kzalloc(sizeof(*buf), gfp);
	unsigned int order = get_order(size);

	if (!buf)
		return NULL;
	for (;;) {
		gfp_t flags = order ? gfp | __GFP_NORETRY | __GFP_NOWARN : gfp;

		buf->data = (void *)__get_free_pages(flags, order);
		if (buf->data)
			break;
		if (!order) {
			kfree(buf);
			return NULL;
		}
		order--;
	}
	buf->size = PAGE_SIZE << order;
	return buf;
}

/**
 * vcon_txbuf_free - give a buffer's memory back
 * @buf: the buffer, in no list and no ring; may be NULL
 */
void vcon_txbuf_free(struct vcon_txbuf *buf)
{
	if (!buf)
		return;
	free_pages((unsigned long)buf->data, get_order(buf->size));
	kfree(buf);
}

/**
 * vcon_tx_kick - unlock a port's transmit queue and tell the host of what is in it
 * @port: the port
 * @flags: interrupt state, of vcon_tx_lock()
 *
 * In an RCU read section, so that the queue outlives the kick that is given it
 * without the lock.
 *
 * Context: any.
 */
void vcon_tx_kick(struct vcon_port *port, unsigned long flags)
	__releases(&port->slot->tx.lock)
{
	struct virtqueue *vq = port->slot->tx.vq;

	rcu_read_lock();
	spin_unlock_irqrestore(&port->slot->tx.lock, flags);
	virtqueue_notify(vq);
	rcu_read_unlock();
}

/**
 * vcon_tx_take_spare - take an idle buffer
 * @q: the queue, locked
 * @size: bytes wanted
 *
 * Return: an empty buffer of at least that size, or NULL.
 */
struct vcon_txbuf *vcon_tx_take_spare(struct vcon_txq *q, u32 size)
{
	struct vcon_txbuf *buf;

	list_for_each_entry(buf, &q->spare, node) {
		if (buf->size < size)
			continue;
		list_del(&buf->node);
		q->nr_spare--;
		buf->len = 0;
		return buf;
	}
	return NULL;
}

static void tx_recycle(struct vcon_txq *q, struct vcon_txbuf *buf, struct vcon_port *port)
{
	bool keep = port && port->guest_connected && (buf->pinned || q->nr_spare < TX_SPARES);

	if (!keep) {
		vcon_txbuf_free(buf);
		return;
	}
	list_add(&buf->node, &q->spare);
	q->nr_spare++;
}

/* Whether those who found no room should try again: not for every few bytes. */
static bool tx_room_again(struct vcon_txq *q, struct vcon_port *port)
{
	if (port && port->is_console)
		return q->nr_spare;
	return q->queued <= VCON_TX_AGAIN && vcon_tx_has_room(q);
}

/* Takes back what the host has consumed and wakes those who wait for that. */
static void tx_reclaim(struct vcon_txq *q, struct vcon_port *port)
{
	struct vcon_txbuf *buf;
	unsigned int len;
	bool wake;

	while ((buf = virtqueue_get_buf(q->vq, &len))) {
		if (buf->visit != q->visit) {
			tx_recycle(q, buf, port);
			continue;
		}
		q->flights--;
		q->landed++;
		q->queued -= buf->len;
		q->stalled = false;
		trace_vcon_tx_done(q->vq, buf->len);
		tx_recycle(q, buf, port);
	}
	wake = q->want_room && tx_room_again(q, port);
	if (wake)
		q->want_room = false;
	if (q->want_drain && !q->queued) {
		q->want_drain = false;
		wake = true;
	}
	if (wake && port)
		wake_up_poll(&port->tx_wait, EPOLLOUT);
}

static bool tx_may_submit(struct vcon_txq *q)
{
	struct vcon_txbuf *open = q->open;

	return open && open != q->filling && open->len && (!q->flights || open->len == open->size);
}

static bool tx_submit(struct vcon_txq *q, struct vcon_port *port)
{
	struct scatterlist sg;

	sg_init_one(&sg, q->open->data, q->open->len);
	if (virtqueue_add_outbuf(q->vq, &sg, 1, q->open, GFP_ATOMIC))
		return false;
	trace_vcon_tx_submit(q->vq, q->open->len, q->flights);
	q->open->visit = q->visit;
	q->open = NULL;
	q->flights++;
	if (port)
		port->stats.tx_flights++;
	return true;
}

static bool tx_is_waited_for(struct vcon_txq *q)
{
	return q->want_room || q->want_drain || (q->open && q->open->len);
}

/*
 * Interrupts are asked for only when someone waits, when bytes collect, or when
 * memory is left to free behind a closed port.
 */
static bool tx_wants_interrupt(struct vcon_txq *q, struct vcon_port *port)
{
	if (!q->flights)
		return false;
	return tx_is_waited_for(q) || !port || !port->guest_connected;
}

/**
 * vcon_tx_push - bring a queue as far as it can go now
 * @slot: the slot, its transmit queue locked and present
 * @port: the port in it, or NULL
 *
 * Reclaims what was consumed, submits the open buffer if its time has come and
 * arms the interrupt if it is needed.
 *
 * Return: true when the host has to be notified after unlocking.
 */
bool vcon_tx_push(struct vcon_slot *slot, struct vcon_port *port)
{
	struct vcon_txq *q = &slot->tx;
	bool added = false;

	for (;;) {
		tx_reclaim(q, port);
		if (tx_may_submit(q) && tx_submit(q, port)) {
			added = true;
			continue;
		}
		if (!tx_wants_interrupt(q, port)) {
			virtqueue_disable_cb(q->vq);
			break;
		}
		if (q->open && q->open->len ? virtqueue_enable_cb(q->vq) :
					      virtqueue_enable_cb_delayed(q->vq))
			break;
	}
	/* A kick that the host has missed would leave it in the ring for ever. */
	if (q->flights && (added || tx_is_waited_for(q)) && !delayed_work_pending(&q->watch)) {
		q->landed_at_watch = q->landed;
		queue_delayed_work(vcon_wq, &q->watch, VCON_RESCUE_INTERVAL);
	}
	if (!added || !virtqueue_kick_prepare(q->vq))
		return false;
	if (port)
		port->stats.tx_kicks++;
	return true;
}

/*
 * Nothing has landed for a while: looks, and kicks again, for a host that missed it.
 * Where somebody waited for what is found then, an interrupt or the timer was lost.
 */
static void tx_watch(struct work_struct *work)
{
	struct vcon_slot *slot = container_of(to_delayed_work(work), struct vcon_slot, tx.watch);
	struct vcon_txq *q = &slot->tx;
	bool notify = false, again, waited;
	struct vcon_port *port;
	unsigned int landed;
	struct virtqueue *vq;

	rcu_read_lock();
	spin_lock_irq(&q->lock);
	vq = q->vq;
	port = rcu_dereference(slot->port);
	landed = q->landed;
	again = landed != q->landed_at_watch;
	if (vq && !again) {
		waited = tx_is_waited_for(q);
		notify = vcon_tx_push(slot, port);
		if (waited && q->landed != landed && port) {
			port->stats.tx_rescues++;
			trace_vcon_rescue(port->dev.devt, false);
		}
		notify |= q->flights;
		again = tx_is_waited_for(q);
	}
	if (vq && q->flights && again) {
		q->landed_at_watch = q->landed;
		queue_delayed_work(vcon_wq, &q->watch, VCON_RESCUE_INTERVAL);
	}
	spin_unlock_irq(&q->lock);
	if (notify)
		virtqueue_notify(vq);
	rcu_read_unlock();
}

/* The time of what a stream has collected has come. */
static enum hrtimer_restart tx_held(struct hrtimer *timer)
{
	struct vcon_slot *slot = container_of(timer, struct vcon_slot, tx.hold);
	struct vcon_txq *q = &slot->tx;
	struct virtqueue *vq;
	bool notify = false;
	unsigned long flags;

	rcu_read_lock();
	spin_lock_irqsave(&q->lock, flags);
	q->held = false;
	vq = q->vq;
	if (vq)
		notify = vcon_tx_push(slot, rcu_dereference(slot->port));
	spin_unlock_irqrestore(&q->lock, flags);
	if (notify)
		virtqueue_notify(vq);
	rcu_read_unlock();
	return HRTIMER_NORESTART;
}

/**
 * vcon_tx_hold - let bytes collect in the open buffer for a while
 * @q: the queue, locked and present, with something in flight
 *
 * No interrupt is asked for: a writer that fills the buffer pushes, or the timer
 * does. A flag says whether it is set: to the timer's own core it is active until
 * its function has returned, long after that has let go of the lock.
 */
void vcon_tx_hold(struct vcon_txq *q)
{
	if (q->held)
		return;
	q->held = true;
	hrtimer_start(&q->hold, ns_to_ktime(TX_HOLD_NS), HRTIMER_MODE_REL);
}

/**
 * vcon_tx_detach - take a slot's transmit queue away
 * @slot: the slot, whose device has been reset
 *
 * Context: process, sleeps.
 */
void vcon_tx_detach(struct vcon_slot *slot)
{
	struct vcon_txq *q = &slot->tx;

	spin_lock_irq(&q->lock);
	q->vq = NULL;
	spin_unlock_irq(&q->lock);
	hrtimer_cancel(&q->hold);
	cancel_delayed_work_sync(&q->watch);
	/* Without a queue nobody sets the timer; a cancelled one has not run. */
	spin_lock_irq(&q->lock);
	q->held = false;
	spin_unlock_irq(&q->lock);
}

/**
 * vcon_tx_init - make a slot's empty transmit queue
 * @slot: the slot
 */
void vcon_tx_init(struct vcon_slot *slot)
{
	INIT_DELAYED_WORK(&slot->tx.watch, tx_watch);
	hrtimer_setup(&slot->tx.hold, tx_held, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	spin_lock_init(&slot->tx.lock);
	INIT_LIST_HEAD(&slot->tx.spare);
}

/**
 * vcon_tx_callback - the host consumed something
 * @vq: the transmit queue
 *
 * Context: interrupt.
 */
void vcon_tx_callback(struct virtqueue *vq)
{
	struct vcon_slot *slot = vcon_slot_of(vq);
	struct vcon_port *port;
	bool notify = false, waited = false;
	unsigned long flags;

	rcu_read_lock();
	spin_lock_irqsave(&slot->tx.lock, flags);
	port = rcu_dereference(slot->port);
	if (slot->tx.vq == vq) {
		waited = slot->tx.want_room;
		notify = vcon_tx_push(slot, port);
		waited &= !slot->tx.want_room;
		if (port)
			port->stats.tx_interrupts++;
	}
	spin_unlock_irqrestore(&slot->tx.lock, flags);
	if (notify)
		virtqueue_notify(vq);
	if (waited && port && port->is_console)
		vcon_console_poll(port);
	rcu_read_unlock();
}

static void tx_free_spares(struct vcon_txq *q)
{
	struct vcon_txbuf *buf, *next;

	list_for_each_entry_safe(buf, next, &q->spare, node)
		vcon_txbuf_free(buf);
	INIT_LIST_HEAD(&q->spare);
	q->nr_spare = 0;
}

/* Drops what collects in the open buffer. Whoever fills it drops it himself. */
static void tx_drop_open(struct vcon_txq *q, struct vcon_port *port)
{
	struct vcon_txbuf *buf = q->open;

	if (!buf)
		return;
	q->queued -= buf->len;
	q->open = NULL;
	if (buf != q->filling)
		tx_recycle(q, buf, port);
	else
		buf->len = 0;
}

/* Counts bytes that the host will not read. While it is closed it reads none. */
static void tx_write_off(struct vcon_port *port, unsigned int bytes)
{
	if (!bytes || !port->host_connected)
		return;
	port->stats.bytes_lost += bytes;
	port->lost_since_sync = true;
}

/*
 * What is in flight was for a host that has gone, and was counted as lost then. If it
 * lands after all, its memory comes back; nobody waits for it.
 */
static void tx_write_off_flights(struct vcon_txq *q)
{
	q->queued = q->open ? q->open->len : 0;
	q->flights = 0;
	q->visit++;
}

/**
 * vcon_tx_host_opened - somebody reads on the host again
 * @port: the port
 *
 * A device may hold a buffer back that it was in the middle of when its host
 * closed, and go on with it only when it is kicked; or never give it back (QEMU
 * 7.2), which costs a place in the ring.
 */
void vcon_tx_host_opened(struct vcon_port *port)
{
	struct vcon_txq *q = &port->slot->tx;
	unsigned long flags = vcon_tx_lock(port);
	bool notify = false;

	if (!port->gone && q->vq) {
		notify = vcon_tx_push(port->slot, port);
		if (q->flights && !port->is_console) {
			tx_write_off_flights(q);
			vcon_tx_push(port->slot, port);
			notify = true;
		}
	}
	vcon_tx_unlock(port, flags, notify);
}

/**
 * vcon_tx_host_closed - nobody reads on the host any more
 * @port: the port, still marked connected, its transmit queue locked
 *
 * What had not been consumed is lost: the host discards what is in the ring,
 * and a later client must not find the tail of an earlier one's message.
 */
void vcon_tx_host_closed(struct vcon_port *port)
{
	struct vcon_txq *q = &port->slot->tx;

	lockdep_assert_held(&q->lock);
	if (q->vq)
		tx_reclaim(q, port);
	tx_write_off(port, q->queued);
	if (q->open != q->filling)
		tx_drop_open(q, port);
}

/**
 * vcon_tx_release - the last writer has closed the port
 * @port: the port, its guest_connected already false
 *
 * What is queued is still sent; memory goes as the host consumes it.
 */
void vcon_tx_release(struct vcon_port *port)
{
	struct vcon_txq *q = &port->slot->tx;
	unsigned long flags = vcon_tx_lock(port);
	bool notify = false;

	if (!port->gone) {
		if (q->open && !q->open->len)
			tx_drop_open(q, port);
		tx_free_spares(q);
		if (q->vq)
			notify = vcon_tx_push(port->slot, port);
	}
	vcon_tx_unlock(port, flags, notify);
}

/**
 * vcon_tx_unplugged - the port leaves its slot
 * @port: the port, its transmit queue locked, already marked gone
 */
void vcon_tx_unplugged(struct vcon_port *port)
{
	struct vcon_txq *q = &port->slot->tx;

	lockdep_assert_held(&q->lock);
	tx_write_off(port, q->queued);
	tx_drop_open(q, NULL);
	q->filling = NULL;
	q->want_room = false;
	q->want_drain = false;
	tx_free_spares(q);
}

/**
 * vcon_tx_purge - take every buffer out of a queue that the device has left
 * @slot: the slot; nobody else uses its transmit queue
 * @vq: the queue, reset
 */
void vcon_tx_purge(struct vcon_slot *slot, struct virtqueue *vq)
{
	struct vcon_txq *q = &slot->tx;
	unsigned int lost = 0;
	struct vcon_txbuf *buf;
	struct vcon_port *port;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	port = rcu_dereference_protected(slot->port, lockdep_is_held(&q->lock));
	while ((buf = virtqueue_detach_unused_buf(vq))) {
		if (buf->visit == q->visit) {
			lost += buf->len;
			q->flights--;
			q->queued -= buf->len;
		}
		tx_recycle(q, buf, port);
	}
	/* A stream with a hole is worse than one that ends; a log is not. */
	if (lost && port && !port->is_console && q->open && q->open != q->filling) {
		lost += q->open->len;
		tx_drop_open(q, port);
	}
	if (port)
		tx_write_off(port, lost);
	spin_unlock_irqrestore(&q->lock, flags);
}
