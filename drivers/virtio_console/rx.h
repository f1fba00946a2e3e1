/* SPDX-License-Identifier: GPL-2.0 */
/* The receive queue's inner functions, for rx.c (readers). */
#ifndef VCON_RX_H
#define VCON_RX_H

#include "virtio_console.h"

unsigned long vcon_rx_lock(struct vcon_port *port)
	__acquires(RCU) __acquires(&port->slot->rx.lock);
void vcon_rx_unlock(struct vcon_port *port, unsigned long flags, bool notify)
	__releases(&port->slot->rx.lock) __releases(RCU);
bool vcon_rx_has_data(struct vcon_rxq *q, struct vcon_port *port);
void vcon_rx_collect(struct vcon_rxq *q, struct vcon_port *port);
void vcon_rx_spend(struct vcon_rxq *q, struct vcon_rxbuf *buf);
bool vcon_rx_repost(struct vcon_rxq *q, struct vcon_port *port);
void vcon_rx_free_list(struct list_head *list);

#endif
