// SPDX-License-Identifier: GPL-2.0
/*
 * Control messages: received in the interrupt, so that the ring is never
 * empty for long, handled and answered by a worker. What a message means is
 * decided in control_rules.c; what becomes of a port is in port.c.
 *
 * A device drops what does not fit into the ring of receive buffers, and it
 * answers each PORT_READY with up to three messages. So answers are asked for
 * only as fast as there is room for them. When the ring was found empty all the
 * same, the device is asked to announce its ports again, and then port by port:
 * QEMU announces all in one go, and of more than 32 only 32 may get through.
 */
#include <linux/sched.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include "trace.h"
#include "virtio_console.h"

#define CONTROL_BUF_SIZE 512	/* holds a header and a name of VCON_NAME_MAX */
#define ANSWERS_PER_READY 3	/* CONSOLE_PORT, PORT_NAME, PORT_OPEN */
#define ROOM_FOR_OTHERS 8	/* receive buffers left for what comes unasked */
#define ANNOUNCE_TRIES 4	/* in a row that bring no new port */
#define PROBE_SILENT 64	/* ids in a row that do not answer end the search */
#define WATCH_ROUNDS 100000
#define FLOOD_WINDOW HZ
#define OUTGOING_MAX 1024	/* messages that a host may leave unread */

struct vcon_control_buf {
	struct list_head node;
	u32 len;
	u8 data[CONTROL_BUF_SIZE] ____cacheline_aligned;
};

/* How many messages may wait, or be handled in a second, before it is a flood. */
static unsigned int flood_limit(struct vcon_device *dev)
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

/* Fills the receive ring from the spare buffers and, if need be, new ones. */
static void control_refill(struct vcon_control *ctl, gfp_t gfp)
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

/* Takes what the device has written and puts fresh buffers in its place. */
static bool control_collect(struct vcon_device *dev)
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
		if (ctl->nr_staged < flood_limit(dev)) {
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
		control_refill(ctl, GFP_ATOMIC | __GFP_NOWARN);
	return got;
}

/* The same until nothing is left and the next message will interrupt. */
static void control_drain(struct vcon_device *dev)
{
	do {
		while (control_collect(dev))
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
		control_drain(dev);
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

static void control_msg_free(struct vcon_control_msg *msg)
{
	if (msg->port)
		vcon_port_put(msg->port);
	kfree(msg);
}

static struct vcon_control_msg *control_msg_alloc(struct vcon_device *dev, u32 id, u16 event,
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
		pair[i] = control_msg_alloc(dev, port->slot->id, VIRTIO_CONSOLE_PORT_OPEN, !i);
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
		control_msg_free(msg);
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
	struct vcon_control_msg *msg = control_msg_alloc(dev, id, event, value);

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
		control_msg_free(msg);
}

/* Moves the messages that the device has read to the list of the answered. */
static void control_reap(struct vcon_control *ctl)
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

/* Sends what may be sent now. */
static void control_flush(struct vcon_device *dev)
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

static void control_announce(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;
	struct vcon_control_msg *msg;

	msg = control_msg_alloc(dev, VIRTIO_CONSOLE_BAD_ID, VIRTIO_CONSOLE_DEVICE_READY,
				ctl->posted != 0);
	if (!msg) {
		dev_err(&dev->vdev->dev, "no memory to announce the driver\n");
		return;
	}
	ctl->announce_tries++;
	ctl->ports_before = dev->nr_ports;
	spin_lock_irq(&ctl->lock);
	if (ctl->ivq)
		virtqueue_disable_cb(ctl->ivq);
	list_add(&msg->node, &ctl->outgoing);
	ctl->nr_outgoing++;
	ctl->exhausted = false;
	spin_unlock_irq(&ctl->lock);
}

/*
 * The device tells all its ports in one go, more than the ring holds. Replace
 * what it fills while it is at it, touching nothing but memory: an interrupt, a
 * kick or a clock may be served only when the device is done, and that is too
 * late. Bounded: a device that takes longer goes on by interrupts.
 */
static void control_watch(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;
	bool announcing = true;
	unsigned int i;

	for (i = 0; announcing && i < WATCH_ROUNDS; i++) {
		spin_lock_irq(&ctl->lock);
		if (ctl->ivq) {
			control_reap(ctl);
			control_collect(dev);
		}
		announcing = ctl->ivq && ctl->announcing;
		spin_unlock_irq(&ctl->lock);
		cpu_relax();
		cond_resched();
	}
}

static struct vcon_port *control_find(struct vcon_device *dev, u32 id)
{
	/* Only the control worker changes it. */
	return id < dev->max_ports ? rcu_dereference_raw(dev->slots[id].port) : NULL;
}

/* The device has told its ports. All of them, or as many as found room? */
static void control_announced(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;
	bool grown = dev->nr_ports > ctl->ports_before;

	ctl->announced = false;
	if (!ctl->exhausted || grown)
		ctl->announce_tries = 0;
	if (!ctl->exhausted)
		return;
	ctl->exhausted = false;
	ctl->lossy = true;
	if (ctl->announce_tries < ANNOUNCE_TRIES) {
		ctl->announce = true;
		return;
	}
	dev_info(&dev->vdev->dev, "announcements were lost: asking port by port\n");
	ctl->probe_next = 0;
	ctl->probe_silent = 0;
	ctl->probing = true;
}

/*
 * Asks for the next unknown port: one that exists answers a PORT_READY with its
 * name or its state. One without either shows itself when its host connects.
 */
static void control_probe(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;

	while (ctl->probe_next < dev->max_ports && control_find(dev, ctl->probe_next))
		ctl->probe_next++;
	if (ctl->probe_next >= dev->max_ports || ctl->probe_silent >= PROBE_SILENT ||
	    vcon_control_tell(dev, NULL, ctl->probe_next, VIRTIO_CONSOLE_PORT_READY, 1))
		ctl->probing = false;
}

/* A PORT_READY of control_probe() has been answered, or silently dropped. */
static void control_probed(struct vcon_device *dev, u32 id)
{
	struct vcon_control *ctl = &dev->ctl;

	if (!ctl->probing || id != ctl->probe_next)
		return;
	ctl->probe_silent = control_find(dev, id) ? 0 : ctl->probe_silent + 1;
	ctl->probe_next++;
	control_probe(dev);
}

static void control_add_port(struct vcon_device *dev, u32 id)
{
	struct vcon_port *port = vcon_port_add(dev, id);

	if (IS_ERR(port)) {
		dev_err(&dev->vdev->dev, "cannot add port %u (%ld)\n", id, PTR_ERR(port));
		vcon_control_tell(dev, NULL, id, VIRTIO_CONSOLE_PORT_READY, 0);
		return;
	}
	port->ready_queued = true;
	if (vcon_control_tell(dev, port, id, VIRTIO_CONSOLE_PORT_READY, 1))
		vcon_port_unplug(port);
}

static void control_make_console(struct vcon_device *dev, struct vcon_port *port)
{
	int err = vcon_console_add(port);

	if (err) {
		dev_err(&dev->vdev->dev, "port %u: no console (%d)\n", port->slot->id, err);
		return;
	}
	vcon_control_tell(dev, NULL, port->slot->id, VIRTIO_CONSOLE_PORT_OPEN, 1);
}

static void control_act(struct vcon_device *dev, enum vcon_action action,
			const struct vcon_message *msg, struct vcon_port *port)
{
	bool le = virtio_is_little_endian(dev->vdev);

	switch (action) {
	case VCON_ADD:
		control_add_port(dev, msg->id);
		break;
	case VCON_ADD_AGAIN:
		if (port->ready_queued)
			break;
		port->ready_queued = true;
		port->open_told = false;
		vcon_control_tell(dev, port, msg->id, VIRTIO_CONSOLE_PORT_READY, 1);
		break;
	case VCON_REMOVE:
		vcon_port_unplug(port);
		break;
	case VCON_MAKE_CONSOLE:
		control_make_console(dev, port);
		break;
	case VCON_RESIZE:
		vcon_console_resize(port, vcon_control_u16(msg->payload, le),
				    vcon_control_u16(msg->payload + 2, le));
		break;
	case VCON_HOST_OPEN:
	case VCON_HOST_CLOSE:
		port->open_told = true;
		vcon_port_host_connected(port, action == VCON_HOST_OPEN);
		break;
	case VCON_NAME:
		vcon_port_set_name(port, msg->payload, msg->payload_len);
		break;
	default:
		dev_warn_ratelimited(&dev->vdev->dev,
				     "ignored control message: port %u event %u value %u, %zu bytes (reason %d)\n",
				     msg->id, msg->event, msg->value, msg->payload_len, action);
	}
}

static void control_handle(struct vcon_device *dev, const struct vcon_control_buf *buf)
{
	bool le = virtio_is_little_endian(dev->vdev);
	struct vcon_message msg = {};
	struct vcon_port *port;

	if (!vcon_control_parse(buf->data, buf->len, le, &msg)) {
		control_act(dev, VCON_DROP_SHORT, &msg, NULL);
		return;
	}
	trace_vcon_control(dev->vdev->index, false, msg.id, msg.event, msg.value);
	port = control_find(dev, msg.id);
	if (!port && dev->ctl.lossy && vcon_control_implies_port(&msg, dev->max_ports)) {
		control_add_port(dev, msg.id);
		port = control_find(dev, msg.id);
	}
	control_act(dev, vcon_control_judge(&msg, dev->max_ports, vcon_port_state(port)), &msg,
		    port);
}

/* The host has answered a PORT_READY: what it did not say, it will not say. */
static void control_settle(struct vcon_device *dev, struct vcon_control_msg *msg)
{
	struct vcon_port *port = msg->port;

	if (!port)
		control_probed(dev, msg->id);
	if (!port || port->gone)
		return;
	if (!port->registered) {
		int err = vcon_port_register(port);

		if (err) {
			dev_err(&dev->vdev->dev, "cannot register port %u (%d)\n", msg->id, err);
			vcon_port_unplug(port);
		}
	} else if (!port->open_told && port->host_connected) {
		vcon_port_host_connected(port, false);
	}
}

static bool control_flooded(struct vcon_device *dev, unsigned int handled)
{
	struct vcon_control *ctl = &dev->ctl;

	if (time_after(jiffies, ctl->window_start + FLOOD_WINDOW)) {
		ctl->window_start = jiffies;
		ctl->window_count = 0;
	}
	ctl->window_count += handled;
	return ctl->window_count > flood_limit(dev);
}

static void control_keep_spares(struct vcon_control *ctl, struct list_head *bufs)
{
	struct vcon_control_buf *buf, *next;

	list_splice(bufs, &ctl->spare);
	control_refill(ctl, GFP_ATOMIC | __GFP_NOWARN);
	list_for_each_entry_safe(buf, next, &ctl->spare, node) {
		list_del(&buf->node);
		kfree(buf);
	}
	ctl->nr_spare = 0;
}

static void control_work(struct work_struct *work)
{
	struct vcon_control *ctl = container_of(to_delayed_work(work), struct vcon_control, work);
	struct vcon_device *dev = container_of(ctl, struct vcon_device, ctl);
	struct vcon_control_msg *msg, *next;
	struct vcon_control_buf *buf;
	LIST_HEAD(answered);
	LIST_HEAD(staged);
	unsigned int handled = 0;
	bool watch, more;

	if (ctl->announce && !ctl->announcing) {
		ctl->announce = false;
		control_announce(dev);
	}
	spin_lock_irq(&ctl->lock);
	if (!ctl->ivq) {
		spin_unlock_irq(&ctl->lock);
		return;
	}
	watch = ctl->announcing;
	control_flush(dev);
	watch = !watch && ctl->announcing;
	spin_unlock_irq(&ctl->lock);
	if (watch)
		control_watch(dev);

	spin_lock_irq(&ctl->lock);
	if (ctl->ivq) {
		/* In this order: what answers a message is then in the ring. */
		control_reap(ctl);
		control_drain(dev);
	}
	list_splice_init(&ctl->answered, &answered);
	list_splice_init(&ctl->staged, &staged);
	spin_unlock_irq(&ctl->lock);

	list_for_each_entry(buf, &staged, node) {
		control_handle(dev, buf);
		handled++;
	}
	list_for_each_entry_safe(msg, next, &answered, node) {
		if (msg->event == VIRTIO_CONSOLE_PORT_READY)
			control_settle(dev, msg);
		control_msg_free(msg);
		handled++;
	}
	if (ctl->announced) {
		control_announced(dev);
		if (ctl->probing)
			control_probe(dev);
	} else if (ctl->exhausted && !ctl->announcing) {
		ctl->lossy = true;
		ctl->announce = ctl->announce_tries < ANNOUNCE_TRIES;
	}

	spin_lock_irq(&ctl->lock);
	control_keep_spares(ctl, &staged);
	ctl->nr_staged = 0;
	list_for_each_entry(buf, &ctl->staged, node)
		ctl->nr_staged++;
	more = ctl->nr_staged || ctl->announce ||
	       (handled && !list_empty(&ctl->outgoing));
	spin_unlock_irq(&ctl->lock);
	if (more)
		queue_delayed_work(vcon_wq, &ctl->work, control_flooded(dev, handled) ? HZ / 10 : 0);
}

/**
 * vcon_control_init - prepare a device's control state
 * @dev: the device
 */
void vcon_control_init(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;

	spin_lock_init(&ctl->lock);
	INIT_LIST_HEAD(&ctl->staged);
	INIT_LIST_HEAD(&ctl->spare);
	INIT_LIST_HEAD(&ctl->outgoing);
	INIT_LIST_HEAD(&ctl->answered);
	INIT_DELAYED_WORK(&ctl->work, control_work);
}

/**
 * vcon_control_start - begin to talk to a device that is ready
 * @dev: the device, with its control queues found
 *
 * Context: process, may sleep.
 */
void vcon_control_start(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;

	spin_lock_irq(&ctl->lock);
	ctl->ivq = dev->vqs[2];
	ctl->ovq = dev->vqs[3];
	ctl->taken = 0;
	control_refill(ctl, GFP_ATOMIC);
	virtqueue_kick(ctl->ivq);
	ctl->window_start = jiffies;
	ctl->announce = true;
	spin_unlock_irq(&ctl->lock);
	queue_delayed_work(vcon_wq, &ctl->work, 0);
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
		control_msg_free(msg);
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
