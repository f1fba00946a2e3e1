/* SPDX-License-Identifier: GPL-2.0 */
/* The transmit queue's inner functions, for tx.c (writers) and txcon.c (consoles). */
#ifndef VCON_TX_H
#define VCON_TX_H

#include "virtio_console.h"

#define VCON_TX_LIMIT (512u << 10)	/* bytes queued on a port before writers wait */
#define VCON_TX_AGAIN (VCON_TX_LIMIT / 2)	/* bytes queued when waiting writers go on */

/*
 * How bytes travel: they are copied into contiguous buffers. With nothing in
 * flight a buffer is sent at once; while something is in flight, bytes collect
 * in the open buffer, which follows when the flight has landed or when it is
 * full. So a lone message never waits, and a stream of small ones shares
 * descriptors, kicks and interrupts: once it is one, a landing does not end the
 * collecting, but a full buffer or a timer. Nobody ever spins for the host.
 */
struct vcon_txbuf *vcon_txbuf_alloc(u32 size, gfp_t gfp);
void vcon_txbuf_free(struct vcon_txbuf *buf);
void vcon_tx_kick(struct vcon_port *port, unsigned long flags)
	__releases(&port->slot->tx.lock);
void vcon_tx_hold(struct vcon_txq *q);
bool vcon_tx_push(struct vcon_slot *slot, struct vcon_port *port);
struct vcon_txbuf *vcon_tx_take_spare(struct vcon_txq *q, u32 size);

/**
 * vcon_tx_lock - lock a port's transmit queue
 * @port: the port
 *
 * The queue is the port's only while port->gone is false.
 *
 * Context: any.
 * Return: the interrupt state, for vcon_tx_unlock().
 */
static inline unsigned long vcon_tx_lock(struct vcon_port *port)
	__acquires(&port->slot->tx.lock)
{
	unsigned long flags;

	spin_lock_irqsave(&port->slot->tx.lock, flags);
	return flags;
}

/**
 * vcon_tx_unlock - unlock what vcon_tx_lock() locked
 * @port: the port
 * @flags: interrupt state
 * @notify: tell the host that there is something in the ring
 */
static inline void vcon_tx_unlock(struct vcon_port *port, unsigned long flags, bool notify)
	__releases(&port->slot->tx.lock)
{
	if (notify)
		vcon_tx_kick(port, flags);
	else
		spin_unlock_irqrestore(&port->slot->tx.lock, flags);
}

static inline bool vcon_tx_has_room(struct vcon_txq *q)
{
	return q->queued < VCON_TX_LIMIT && !(q->open && q->open->len == q->open->size);
}

#endif
