// SPDX-License-Identifier: GPL-2.0
/*
 * Finding what the device has dropped. It drops control messages that find no
 * receive buffer, so whenever the ring was seen empty something may be missing:
 * a port's announcement, its name, its state, its removal. The device is then
 * asked to announce its ports again; what it does not announce has gone. A
 * device with more ports than its ring has buffers (QEMU announces all in one
 * go) drops some of these too, and is asked port by port.
 */
#include <linux/sched.h>
#include <linux/virtio_config.h>

#include "control.h"
#include "trace.h"

#define ANNOUNCE_TRIES 4	/* in a row that bring no new port */
#define PROBE_SILENT 64		/* ids in a row that do not answer: no more ports */
#define WATCH_ROUNDS 100000

/**
 * vcon_announce - ask the device to announce its ports
 * @dev: the device
 *
 * Context: control worker.
 */
void vcon_announce(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;
	struct vcon_control_msg *msg;
	struct vcon_port *port;

	msg = vcon_control_msg_alloc(dev, VIRTIO_CONSOLE_BAD_ID, VIRTIO_CONSOLE_DEVICE_READY,
				     ctl->posted != 0);
	if (!msg) {
		dev_err(&dev->vdev->dev, "no memory to announce the driver\n");
		return;
	}
	ctl->probing = false;
	if (!ctl->announce_tries++)
		list_for_each_entry(port, &dev->ports, node)
			port->heard_of = false;
	ctl->ports_before = dev->nr_ports;
	spin_lock_irq(&ctl->lock);
	if (ctl->ivq)
		virtqueue_disable_cb(ctl->ivq);
	list_add(&msg->node, &ctl->outgoing);
	ctl->nr_outgoing++;
	ctl->exhausted = false;
	spin_unlock_irq(&ctl->lock);
}

/**
 * vcon_announce_watch - make room while the device announces its ports
 * @dev: the device
 *
 * The device tells all its ports in one go, more than the ring holds. Replace
 * what it fills while it is at it, touching nothing but memory: an interrupt, a
 * kick or a clock may be served only when the device is done, and that is too
 * late. Bounded: a device that takes longer goes on by interrupts.
 *
 * Context: control worker.
 */
void vcon_announce_watch(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;
	bool announcing = true;
	unsigned int i;

	for (i = 0; announcing && i < WATCH_ROUNDS; i++) {
		spin_lock_irq(&ctl->lock);
		if (ctl->ivq) {
			vcon_control_reap(ctl);
			vcon_control_collect(dev);
		}
		announcing = ctl->ivq && ctl->announcing;
		spin_unlock_irq(&ctl->lock);
		cpu_relax();
		cond_resched();
	}
}

static void announce_bury(struct vcon_port *port)
{
	dev_info(&port->dev, "is gone; the device's message about that was lost\n");
	vcon_port_unplug(port);
}

/*
 * Nothing was dropped: a port that was not announced does not exist. Unless the
 * device announces nothing a second time.
 *
 * Return: true when that settles it.
 */
static bool announce_complete(struct vcon_device *dev)
{
	struct vcon_port *port, *next;
	bool any = !dev->nr_ports;

	list_for_each_entry(port, &dev->ports, node)
		any |= port->heard_of;
	if (!any)
		return false;
	dev->ctl.announce_tries = 0;
	list_for_each_entry_safe(port, next, &dev->ports, node)
		if (!port->heard_of)
			announce_bury(port);
	return true;
}

/* A port that would have answered a PORT_READY with more than its state. */
static bool announce_must_answer(const struct vcon_port *port)
{
	return !port->heard_of && (port->name || port->is_console);
}

/*
 * Asks for the next port that nothing was heard of: one that exists answers a
 * PORT_READY with its name or its state. An unknown one without either shows
 * itself when its host connects.
 */
static void announce_probe(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;
	struct vcon_port *port = NULL;

	for (; ctl->probe_next < dev->max_ports; ctl->probe_next++) {
		port = vcon_control_find(dev, ctl->probe_next);
		if (port ? announce_must_answer(port) : ctl->probe_silent < PROBE_SILENT)
			break;
	}
	if (ctl->probe_next >= dev->max_ports ||
	    vcon_control_tell(dev, port, ctl->probe_next, VIRTIO_CONSOLE_PORT_READY, 1)) {
		ctl->probing = false;
		return;
	}
	if (port)
		port->ready_queued = true;
}

/**
 * vcon_announce_answered - the device has read a PORT_READY
 * @dev: the device
 * @id: of the port it was about
 *
 * What answers it has been handled: this goes on with the search, if there is
 * one.
 *
 * Context: control worker.
 */
void vcon_announce_answered(struct vcon_device *dev, u32 id)
{
	struct vcon_control *ctl = &dev->ctl;
	struct vcon_port *port;

	if (!ctl->probing || id != ctl->probe_next)
		return;
	port = vcon_control_find(dev, id);
	ctl->probe_silent = port && port->heard_of ? 0 : ctl->probe_silent + 1;
	if (port && announce_must_answer(port) && !ctl->exhausted)
		announce_bury(port);
	ctl->probe_next++;
	announce_probe(dev);
}

/**
 * vcon_announce_check - find out whether messages were lost
 * @dev: the device
 *
 * Called when what was received has been handled.
 *
 * Context: control worker.
 */
void vcon_announce_check(struct vcon_device *dev)
{
	struct vcon_control *ctl = &dev->ctl;

	if (!ctl->announced) {
		if (ctl->exhausted && !ctl->announcing) {
			ctl->lossy = true;
			ctl->announce = true;
		}
		return;
	}
	ctl->announced = false;
	if (!ctl->exhausted && announce_complete(dev))
		return;
	if (dev->nr_ports > ctl->ports_before)
		ctl->announce_tries = 1;
	if (ctl->exhausted && ctl->announce_tries < ANNOUNCE_TRIES) {
		ctl->announce = true;
		return;
	}
	ctl->exhausted = false;
	ctl->lossy = true;
	dev_info(&dev->vdev->dev, "announcements were lost: asking port by port\n");
	ctl->announce_tries = 0;
	ctl->probe_next = 0;
	ctl->probe_silent = 0;
	ctl->probing = true;
	announce_probe(dev);
}
