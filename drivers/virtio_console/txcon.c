// SPDX-License-Identifier: GPL-2.0
/*
 * Console output: bytes that come from any context, under any lock, also from
 * a panicking kernel. Nothing here allocates or sleeps (but
 * vcon_tx_wait_room()); buffers are set aside when the console appears.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kgdb.h>

#include "tx.h"

#define CONSOLE_BUFFERS 4
#define CONSOLE_BUFFER_SIZE (16u << 10)
#define LOCK_PATIENCE_US 10000	/* for a lock whose holder may have been stopped */
#define POLL_STEP_US 5

/**
 * vcon_tx_console_buffers - set output buffers aside
 * @slot: the slot of a port that becomes a console
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM when there is not one.
 */
int vcon_tx_console_buffers(struct vcon_slot *slot)
{
	struct vcon_txq *q = &slot->tx;
	struct vcon_txbuf *buf;
	unsigned int i;

	for (i = 0; i < CONSOLE_BUFFERS; i++) {
		buf = vcon_txbuf_alloc(CONSOLE_BUFFER_SIZE, GFP_KERNEL);
		if (!buf)
			break;
		buf->pinned = true;
		spin_lock_irq(&q->lock);
		list_add(&buf->node, &q->spare);
		q->nr_spare++;
		spin_unlock_irq(&q->lock);
	}
	return i ? 0 : -ENOMEM;
}

/*
 * In an oops, and while a debugger has the kernel stopped, the holder of the lock
 * may be this CPU or one that will not run again, so patience is limited then.
 */
static bool console_lock_is_dead(struct vcon_port *port)
{
	unsigned int waited;

	if (likely(!oops_in_progress && !in_dbg_master()))
		return false;
	for (waited = 0; waited < LOCK_PATIENCE_US; waited += POLL_STEP_US) {
		if (!spin_is_locked(&port->slot->tx.lock))
			return false;
		udelay(POLL_STEP_US);
	}
	return true;
}

static bool console_has_room(struct vcon_txq *q)
{
	return q->nr_spare || (q->open && q->open->len < q->open->size);
}

/**
 * vcon_tx_put - queue console output
 * @port: a console
 * @data: the characters
 * @len: how many
 *
 * Context: any.
 * Return: how many were taken; 0 when the host has not taken any for long, or
 * the device sleeps, and output should be dropped or retried later; -EAGAIN when there is no room for
 * the moment; -EPIPE when the port is gone.
 */
int vcon_tx_put(struct vcon_port *port, const char *data, int len)
{
	struct vcon_txq *q = &port->slot->tx;
	bool notify = false;
	unsigned long flags;
	int done = 0;

	if (console_lock_is_dead(port)) {
		vcon_console_emergency(port, data, len);
		return len;
	}
	flags = vcon_tx_lock(port);
	if (port->gone) {
		vcon_tx_unlock(port, flags, false);
		return -EPIPE;
	}
	while (done < len) {
		u32 n;

		if (!q->open)
			q->open = vcon_tx_take_spare(q, 1);
		if (!q->open || q->open->len == q->open->size)
			break;
		n = min_t(u32, len - done, q->open->size - q->open->len);
		memcpy(q->open->data + q->open->len, data + done, n);
		q->open->len += n;
		q->queued += n;
		done += n;
		if (q->open->len == q->open->size && q->vq)
			notify |= vcon_tx_push(port->slot, port);
	}
	port->stats.bytes_sent += done;
	if (!done) {
		port->stats.tx_full++;
		q->want_room = true;
	}
	if (q->vq)
		notify |= vcon_tx_push(port->slot, port);
	if (!done && q->vq && !q->stalled)
		done = -EAGAIN;
	vcon_tx_unlock(port, flags, notify);
	return done;
}

/**
 * vcon_tx_poll_out - let the host take output, without interrupts
 * @port: a console, or any port when the machine goes down
 * @patience_us: how long to wait for a host that takes nothing at all, in
 *	microseconds; a host that has used it up once is not waited for again
 *	until it takes something
 * @everything: until nothing is queued, not only until there is room
 *
 * Context: any.
 */
void vcon_tx_poll_out(struct vcon_port *port, unsigned int patience_us, bool everything)
{
	struct vcon_txq *q = &port->slot->tx;
	unsigned int waited = 0, before = UINT_MAX;
	unsigned long flags;
	bool notify, done;

	for (;;) {
		if (console_lock_is_dead(port))
			return;
		flags = vcon_tx_lock(port);
		if (port->gone || !q->vq) {
			vcon_tx_unlock(port, flags, false);
			return;
		}
		notify = vcon_tx_push(port->slot, port);
		done = everything ? !q->queued : console_has_room(q);
		if (q->queued < before)
			waited = 0;
		before = q->queued;
		if (!done && waited >= patience_us)
			q->stalled = true;
		done |= q->stalled;
		vcon_tx_unlock(port, flags, notify);
		if (done)
			return;
		udelay(POLL_STEP_US);
		waited += POLL_STEP_US;
	}
}

static bool console_room_or_gone(struct vcon_port *port)
{
	struct vcon_txq *q = &port->slot->tx;
	unsigned long flags = vcon_tx_lock(port);
	bool ret = true, notify = false;

	if (!port->gone) {
		if (q->vq)
			notify = vcon_tx_push(port->slot, port);
		ret = console_has_room(q);
	}
	if (!ret) {
		q->want_room = true;
		if (q->vq)
			notify |= vcon_tx_push(port->slot, port);
	}
	vcon_tx_unlock(port, flags, notify);
	return ret;
}

/**
 * vcon_tx_wait_room - sleep until a console takes output again
 * @port: a console
 * @timeout_ms: at most so long, in milliseconds
 *
 * Context: process, sleeps.
 * Return: true when there is room or the port has gone.
 */
bool vcon_tx_wait_room(struct vcon_port *port, unsigned int timeout_ms)
{
	return wait_event_timeout(port->tx_wait, console_room_or_gone(port),
				  msecs_to_jiffies(timeout_ms));
}
