// SPDX-License-Identifier: GPL-2.0
/*
 * The two control queues: buffers posted and collected, messages listed, sent
 * and taken back. Received ones are taken in the interrupt, so that the ring is
 * never empty for long. What a message means is in control.c.
 *
 * A device drops what does not fit into the ring of receive buffers, and it
 * answers each PORT_READY with up to three messages. So answers are asked for
 * only as fast as there is room for them.
 */
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include "control.h"
#include "trace.h"

#define ANSWERS_PER_READY 3	/* CONSOLE_PORT, PORT_NAME, PORT_OPEN */
#define ROOM_FOR_OTHERS 8	/* receive buffers left for what comes unasked */
#define OUTGOING_MAX 1024	/* messages that a host may leave unread */

/**
 * vcon_control_flood_limit - how many messages are a flood
 * @dev: the device
 *
 * Return: messages that may wait, or be handled in a second.
 */
unsigned int vcon_control_flood_limit(struct vcon_device *dev)
{
	return 4 * dev->max_ports + 1024;
}

static bool control_post(struct vcon_control *ctl, struct vcon_control_buf *buf)
{
	struct scatterlist sg;

	sg_init_one(&sg, buf->data, sizeof(buf->data));
	if (virtqueue_add_inbuf(ctl->ivq, &sg, 1, buf, GFP_ATOMIC))
		return false;
	ctl->posted++;
	return true;
}

/**
 * vcon_control_refill - fill the receive ring
 * @ctl: the control state, locked
 * @gfp: how to allocate what the spare buffers do not give
 */
void vcon_control_refill(struct vcon_control *ctl, gfp_t gfp)
{
	while (ctl->ivq && ctl->ivq->num_free) {
		struct vcon_control_buf *buf;

		buf = list_first_entry_or_null(&ctl->spare, struct vcon_control_buf, node);
		if (buf) {
			list_del(&buf->node);
			ctl->nr_spare--;
		} else {
			buf = kzalloc(sizeof(*buf), gfp);
		}
		if (!buf)
			break;
		if (!control_post(ctl, buf)) {
			kfree(buf);
			break;
		}
	}
}

/**
 * vcon_control_collect - take what the device has written
 * @dev: the device, its control state locked and its queues present
 *
 * Fresh buffers take the place of what was taken.
 *
 * Return: true when there was something.
 */
bool vcon_control_collect(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;
	struct vcon_control_buf *buf;
	unsigned int len, got = 0;

	lockdep_assert_held(&ctl->lock);
	while ((buf = virtqueue_get_buf(ctl->ivq, &len))) {
		got++;
		WRITE_ONCE(ctl->taken, ctl->taken + 1);
		ctl->posted--;
		buf->len = min_t(u32, len, sizeof(buf->data));
		if (ctl->nr_staged < vcon_control_flood_limit(dev)) {
			list_add_tail(&buf->node, &ctl->staged);
			ctl->nr_staged++;
		} else {
			list_add(&buf->node, &ctl->spare);
			ctl->nr_spare++;
		}
	}
	if (!ctl->posted)
		ctl->exhausted = true;
	if (got)
		vcon_control_refill(ctl, GFP_ATOMIC | __GFP_NOWARN);
	return got;
}

/**
 * vcon_control_drain - collect until the next message will interrupt
 * @dev: as of vcon_control_collect()
 */
void vcon_control_drain(struct vcon_device *dev)
{
	do {
		while (vcon_control_collect(dev))
			;
	} while (!virtqueue_enable_cb(dev->ctl.ivq));
	virtqueue_kick(dev->ctl.ivq);
}

/**
 * vcon_control_in_callback - the device has sent a control message
 * @vq: the control receive queue
 *
 * Context: interrupt.
 */
void vcon_control_in_callback(struct virtqueue *vq)
{
	struct vcon_device *dev = vq->vdev->priv;
	unsigned long flags;

	spin_lock_irqsave(&dev->ctl.lock, flags);
	if (dev->ctl.ivq) {
		vcon_control_drain(dev);
		queue_delayed_work(vcon_wq, &dev->ctl.work, 0);
	}
	spin_unlock_irqrestore(&dev->ctl.lock, flags);
}

/**
 * vcon_control_out_callback - the device has read a control message
 * @vq: the control transmit queue
 *
 * Context: interrupt.
 */
void vcon_control_out_callback(struct virtqueue *vq)
{
	struct vcon_device *dev = vq->vdev->priv;

	queue_delayed_work(vcon_wq, &dev->ctl.work, 0);
}

/**
 * vcon_control_msg_free - free a message that is in no list
 * @msg: the message
 */
void vcon_control_msg_free(struct vcon_control_msg *msg)
{
	if (msg->port)
		vcon_port_put(msg->port);
	kfree(msg);
}

/**
 * vcon_control_msg_alloc - make a message to the host
 * @dev: the device
 * @id: number of the port it is about
 * @event: VIRTIO_CONSOLE_...
 * @value: as the event wants
 *
 * Context: process, may sleep for memory.
 * Return: the message, or NULL.
 */
struct vcon_control_msg *vcon_control_msg_alloc(struct vcon_device *dev, u32 id, u16 event,
						u16 value)
{
	struct vcon_control_msg *msg = kzalloc(sizeof(*msg), GFP_KERNEL);

	if (!msg)
		return NULL;
	msg->id = id;
	msg->event = event;
	msg->body.id = cpu_to_virtio32(dev->vdev, id);
	msg->body.event = cpu_to_virtio16(dev->vdev, event);
	msg->body.value = cpu_to_virtio16(dev->vdev, value);
	return msg;
}

/**
 * vcon_control_reserve_open - memory for telling an open and its close
 * @port: the port
 * @pair: the PORT_OPEN messages for open and for release
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, or -EAGAIN when the host leaves too many messages unread.
 */
int vcon_control_reserve_open(struct vcon_port *port, struct vcon_control_msg *pair[2])
{
	struct vcon_device *dev = port->slot->dev;
	int i;

	if (READ_ONCE(dev->ctl.nr_outgoing) >= OUTGOING_MAX)
		return -EAGAIN;
	for (i = 0; i < 2; i++) {
		pair[i] = vcon_control_msg_alloc(dev, port->slot->id, VIRTIO_CONSOLE_PORT_OPEN, !i);
		if (!pair[i])
			goto fail;
	}
	return 0;
fail:
	if (i)
		kfree(pair[0]);
	return -ENOMEM;
}

/**
 * vcon_control_send - hand a message to the worker
 * @dev: the device
 * @msg: the message, whose memory goes with it
 *
 * Context: any but interrupts of the control queues.
 */
void vcon_control_send(struct vcon_device *dev, struct vcon_control_msg *msg)
{
	struct vcon_control *ctl = &dev->ctl;
	unsigned long flags;

	spin_lock_irqsave(&ctl->lock, flags);
	if (ctl->ivq) {
		list_add_tail(&msg->node, &ctl->outgoing);
		ctl->nr_outgoing++;
		queue_delayed_work(vcon_wq, &ctl->work, 0);
		msg = NULL;
	}
	spin_unlock_irqrestore(&ctl->lock, flags);
	if (msg)
		vcon_control_msg_free(msg);
}

/**
 * vcon_control_tell - send a message about a port
 * @dev: the device
 * @port: the port, which is registered when a PORT_READY about it has been
 *	answered, or NULL
 * @id: its number
 * @event: VIRTIO_CONSOLE_PORT_READY or VIRTIO_CONSOLE_PORT_OPEN
 * @value: 0 or 1
 *
 * Context: process, may sleep for memory.
 * Return: 0 or -ENOMEM.
 */
int vcon_control_tell(struct vcon_device *dev, struct vcon_port *port, u32 id, u16 event,
		      u16 value)
{
	struct vcon_control_msg *msg = vcon_control_msg_alloc(dev, id, event, value);

	if (!msg)
		return -ENOMEM;
	if (port)
		msg->port = vcon_port_get(port);
	vcon_control_send(dev, msg);
	return 0;
}

/**
 * vcon_control_forget - drop messages about a port that has been unplugged
 * @dev: the device
 * @id: the port's number
 */
void vcon_control_forget(struct vcon_device *dev, u32 id)
{
	struct vcon_control *ctl = &dev->ctl;
	struct vcon_control_msg *msg, *next;
	LIST_HEAD(drop);

	spin_lock_irq(&ctl->lock);
	list_for_each_entry_safe(msg, next, &ctl->outgoing, node) {
		if (msg->id != id)
			continue;
		list_move(&msg->node, &drop);
		ctl->nr_outgoing--;
	}
	spin_unlock_irq(&ctl->lock);
	list_for_each_entry_safe(msg, next, &drop, node)
		vcon_control_msg_free(msg);
}

/**
 * vcon_control_reap - move what the device has read to the list of the answered
 * @ctl: the control state, locked, its queues present
 */
void vcon_control_reap(struct vcon_control *ctl)
{
	struct vcon_control_msg *msg;
	unsigned int len;

	while ((msg = virtqueue_get_buf(ctl->ovq, &len))) {
		if (msg->event == VIRTIO_CONSOLE_PORT_READY)
			ctl->ready_flights--;
		if (msg->event == VIRTIO_CONSOLE_DEVICE_READY) {
			ctl->announcing = false;
			ctl->announced = true;
		}
		list_add_tail(&msg->node, &ctl->answered);
	}
}

static bool control_add_out(struct vcon_device *dev, struct vcon_control_msg *msg)
{
	struct scatterlist sg;

	sg_init_one(&sg, &msg->body, sizeof(msg->body));
	if (virtqueue_add_outbuf(dev->ctl.ovq, &sg, 1, msg, GFP_ATOMIC))
		return false;
	trace_vcon_control(dev->vdev->index, true, msg->id, msg->event,
			   virtio16_to_cpu(dev->vdev, msg->body.value));
	return true;
}

/**
 * vcon_control_flush - send what may be sent now
 * @dev: the device, its control state locked and its queues present
 */
void vcon_control_flush(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;
	unsigned int ring = ctl->posted;
	unsigned int window = ring > ROOM_FOR_OTHERS + ANSWERS_PER_READY ?
			      (ring - ROOM_FOR_OTHERS) / ANSWERS_PER_READY : 1;
	struct vcon_control_msg *msg, *next;
	bool added = false;

	list_for_each_entry_safe(msg, next, &ctl->outgoing, node) {
		bool ready = msg->event == VIRTIO_CONSOLE_PORT_READY;

		if (ready && (ctl->announcing || ctl->ready_flights >= window))
			break;
		list_del(&msg->node);
		if (!control_add_out(dev, msg)) {
			list_add(&msg->node, &ctl->outgoing);
			break;
		}
		added = true;
		ctl->nr_outgoing--;
		if (ready) {
			ctl->ready_flights++;
			if (msg->port)
				msg->port->ready_queued = false;
		}
		if (msg->event == VIRTIO_CONSOLE_DEVICE_READY)
			ctl->announcing = true;
	}
	if (added)
		virtqueue_kick(ctl->ovq);
	virtqueue_enable_cb(ctl->ovq);
}

/**
 * vcon_control_stop - no control message is sent or handled any more
 * @dev: the device
 *
 * Context: process, sleeps.
 */
void vcon_control_stop(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;

	spin_lock_irq(&ctl->lock);
	ctl->ivq = NULL;
	ctl->ovq = NULL;
	spin_unlock_irq(&ctl->lock);
	cancel_delayed_work_sync(&ctl->work);
}

/**
 * vcon_control_purge - free every message
 * @dev: the device, stopped and reset
 */
void vcon_control_purge(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;
	struct vcon_control_buf *buf, *next_buf;
	struct vcon_control_msg *msg, *next_msg;

	while ((buf = virtqueue_detach_unused_buf(dev->vqs[2])))
		list_add(&buf->node, &ctl->staged);
	while ((msg = virtqueue_detach_unused_buf(dev->vqs[3])))
		list_add(&msg->node, &ctl->outgoing);
	list_splice_init(&ctl->spare, &ctl->staged);
	list_splice_init(&ctl->answered, &ctl->outgoing);
	list_for_each_entry_safe(buf, next_buf, &ctl->staged, node)
		kfree(buf);
	list_for_each_entry_safe(msg, next_msg, &ctl->outgoing, node)
		vcon_control_msg_free(msg);
	INIT_LIST_HEAD(&ctl->staged);
	INIT_LIST_HEAD(&ctl->outgoing);
	ctl->nr_staged = 0;
	ctl->nr_spare = 0;
	ctl->nr_outgoing = 0;
	ctl->posted = 0;
	ctl->ready_flights = 0;
	ctl->announcing = false;
	ctl->announced = false;
	ctl->exhausted = false;
	ctl->probing = false;
	ctl->announce_tries = 0;
}
