/* SPDX-License-Identifier: GPL-2.0 */
/* The receive queue's inner functions, for rx.c (readers). */
#ifndef VCON_RX_H
#define VCON_RX_H

#include "virtio_console.h"

void vcon_rx_kick(struct vcon_port *port, unsigned long flags)
	__releases(&port->slot->rx.lock);
bool vcon_rx_has_data(struct vcon_rxq *q, struct vcon_port *port);
void vcon_rx_collect(struct vcon_rxq *q, struct vcon_port *port);
void vcon_rx_spend(struct vcon_rxq *q, struct vcon_rxbuf *buf);
bool vcon_rx_repost(struct vcon_rxq *q, struct vcon_port *port);
void vcon_rx_free_list(struct list_head *list);

/**
 * vcon_rx_lock - lock a port's receive queue
 * @port: the port
 *
 * The queue is the port's only while port->gone is false.
 *
 * Context: any.
 * Return: the interrupt state, for vcon_rx_unlock().
 */
static inline unsigned long vcon_rx_lock(struct vcon_port *port)
	__acquires(&port->slot->rx.lock)
{
	unsigned long flags;

	spin_lock_irqsave(&port->slot->rx.lock, flags);
	return flags;
}

/**
 * vcon_rx_unlock - unlock what vcon_rx_lock() locked
 * @port: the port
 * @flags: interrupt state
 * @notify: tell the host that there are buffers again
 */
static inline void vcon_rx_unlock(struct vcon_port *port, unsigned long flags, bool notify)
	__releases(&port->slot->rx.lock)
{
	if (notify)
		vcon_rx_kick(port, flags);
	else
		spin_unlock_irqrestore(&port->slot->rx.lock, flags);
}

#endif
