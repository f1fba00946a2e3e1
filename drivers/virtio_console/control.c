// SPDX-License-Identifier: GPL-2.0
/*
 * Control messages: the worker that handles them and what each does. What a
 * message may mean is decided in control_rules.c, what becomes of a port is in
 * port.c, how messages travel in controlq.c, which were lost in announce.c.
 */
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include "control.h"
#include "trace.h"

#define FLOOD_WINDOW HZ

/**
 * vcon_control_find - the port with a number
 * @dev: the device
 * @id: the number, whatever it is
 *
 * Context: control worker, which alone changes what is found.
 * Return: the port or NULL.
 */
struct vcon_port *vcon_control_find(struct vcon_device *dev, u32 id)
{
	return id < dev->max_ports ? rcu_dereference_raw(dev->slots[id].port) : NULL;
}

static void control_add_port(struct vcon_device *dev, u32 id)
{
	struct vcon_port *port = vcon_port_add(dev, id);

	if (IS_ERR(port)) {
		dev_err(&dev->vdev->dev, "cannot add port %u (%ld)\n", id, PTR_ERR(port));
		vcon_control_tell(dev, NULL, id, VIRTIO_CONSOLE_PORT_READY, 0);
		return;
	}
	port->heard_of = true;
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
	if (port->registered && vcon_sysfs_update(port))
		dev_warn(&port->dev, "no console attribute\n");
	vcon_control_tell(dev, NULL, port->slot->id, VIRTIO_CONSOLE_PORT_OPEN, 1);
}

static void control_act(struct vcon_device *dev, enum vcon_action action,
			const struct vcon_message *msg, struct vcon_port *port)
{
	u16 columns, rows;

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
		vcon_control_size(msg, virtio_is_little_endian(dev->vdev), vcon_resize_rows_first,
				  &columns, &rows);
		vcon_console_set_size(port, columns, rows);
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
		/* Said again after a sleep or a second announcement. */
		if (msg->event == VIRTIO_CONSOLE_CONSOLE_PORT && port && port->is_console)
			break;
		dev_warn_ratelimited(&dev->vdev->dev,
				     "ignored control message: port %u event %u value %u, %zu bytes (reason %d)\n",
				     msg->id, msg->event, msg->value, msg->payload_len, action);
	}
}

static void control_handle(struct vcon_device *dev, const struct vcon_control_buf *buf)
{
	bool le = virtio_is_little_endian(dev->vdev);
	struct vcon_message msg = {};
	enum vcon_action action;
	struct vcon_port *port;

	if (!vcon_control_parse(buf->data, buf->len, le, &msg)) {
		control_act(dev, VCON_DROP_SHORT, &msg, NULL);
		return;
	}
	trace_vcon_control(dev->vdev->index, false, msg.id, msg.event, msg.value);
	port = vcon_control_find(dev, msg.id);
	if (!port && dev->ctl.lossy && vcon_control_implies_port(&msg, dev->max_ports)) {
		control_add_port(dev, msg.id);
		port = vcon_control_find(dev, msg.id);
	}
	action = vcon_control_judge(&msg, dev->max_ports, vcon_port_state(port));
	if (port && action >= VCON_DROP_STATE)
		port->heard_of = true;
	control_act(dev, action, &msg, port);
}

/* The host has answered a PORT_READY: what it did not say, it will not say. */
static void control_settle(struct vcon_device *dev, struct vcon_control_msg *msg)
{
	struct vcon_port *port = msg->port;

	vcon_announce_answered(dev, msg->id);
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
	return ctl->window_count > vcon_control_flood_limit(dev);
}

static void control_keep_spares(struct vcon_control *ctl, struct list_head *bufs)
{
	struct vcon_control_buf *buf, *next;

	list_splice(bufs, &ctl->spare);
	vcon_control_refill(ctl, GFP_ATOMIC | __GFP_NOWARN);
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
	struct vcon_port *port;
	bool watch, more;

	if (ctl->starting) {
		ctl->starting = false;
		list_for_each_entry(port, &dev->ports, node)
			vcon_port_resume(port);
	}
	if (ctl->announce && !ctl->announcing) {
		ctl->announce = false;
		vcon_announce(dev);
	}
	spin_lock_irq(&ctl->lock);
	if (!ctl->ivq) {
		spin_unlock_irq(&ctl->lock);
		return;
	}
	watch = ctl->announcing;
	vcon_control_flush(dev);
	watch = !watch && ctl->announcing;
	spin_unlock_irq(&ctl->lock);
	if (watch)
		vcon_announce_watch(dev);

	spin_lock_irq(&ctl->lock);
	if (ctl->ivq) {
		/* In this order: what answers a message is then in the ring. */
		vcon_control_reap(ctl);
		vcon_control_drain(dev);
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
		vcon_control_msg_free(msg);
		handled++;
	}
	vcon_announce_check(dev);

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
	vcon_control_refill(ctl, GFP_ATOMIC);
	virtqueue_kick(ctl->ivq);
	ctl->window_start = jiffies;
	ctl->starting = true;
	ctl->announce = true;
	spin_unlock_irq(&ctl->lock);
	queue_delayed_work(vcon_wq, &ctl->work, 0);
}

