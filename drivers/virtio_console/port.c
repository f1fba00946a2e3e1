// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a port: created when the host announces it, registered (node,
 * sysfs, uevents) when the host has told its name or has none, unplugged when
 * the host or the device goes, freed when the last file is closed.
 *
 * Lifetimes. A device structure is held by the virtio driver and by each of its
 * ports; slots are part of it. A port is a struct device: its slot, open files
 * (through the cdev), messages on their way and the console lookup use it, the
 * first by one reference that vcon_port_unplug() drops. It is freed after an RCU
 * grace period, so whoever finds it under rcu_read_lock() may use it there.
 *
 * Locks, in the order in which they nest:
 *   port->open_mutex	open, release and unplug against each other
 *   port->write_mutex, port->read_mutex	one copying writer, one reader
 *   rx.ring_mutex	which buffers are posted
 *   dev->reset_mutex	one queue of a device is reset at a time
 *   console.lock	the hvc line against its removal; the hvc core's own
 *			lock of the line nests inside
 *   tx.lock, rx.lock	a queue, its buffers, its counters; port->gone,
 *			port->host_connected and slot->port are written under
 *			both (tx outside) and read under either
 *   ctl.lock		control queues and lists
 * The control worker alone adds, names, registers and unplugs ports while the
 * device lives; remove and freeze stop it first.
 *
 * A queue is kicked after its lock is dropped, in an RCU read section that begins
 * while it is held. detach_queues() in module.c therefore waits for a grace
 * period between taking the queues away and deleting them.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "trace.h"
#include "virtio_console.h"

static void port_release(struct device *device)
{
	struct vcon_port *port = container_of(device, struct vcon_port, dev);

	vcon_device_put(port->slot->dev);
	kfree(port->name);
	kfree_rcu(port, rcu);
}

static void port_init(struct vcon_port *port, struct vcon_slot *slot)
{
	struct vcon_device *dev = slot->dev;

	vcon_device_get(dev);
	port->slot = slot;
	mutex_init(&port->open_mutex);
	mutex_init(&port->read_mutex);
	mutex_init(&port->write_mutex);
	init_waitqueue_head(&port->rx_wait);
	init_waitqueue_head(&port->tx_wait);
	spin_lock_init(&port->console.lock);
	INIT_LIST_HEAD(&port->node);

	device_initialize(&port->dev);
	port->dev.class = vcon_class;
	port->dev.parent = &dev->vdev->dev;
	port->dev.devt = MKDEV(MAJOR(dev->devt), MINOR(dev->devt) + slot->id);
	port->dev.groups = vcon_port_groups;
	port->dev.release = port_release;
	dev_set_drvdata(&port->dev, port);
	cdev_init(&port->cdev, &vcon_fops);
	port->cdev.owner = THIS_MODULE;
}

/* Makes the queues of a slot this port's, or nobody's. */
static void port_attach(struct vcon_slot *slot, struct vcon_port *port)
{
	spin_lock_irq(&slot->tx.lock);
	spin_lock(&slot->rx.lock);
	rcu_assign_pointer(slot->port, port);
	spin_unlock(&slot->rx.lock);
	spin_unlock_irq(&slot->tx.lock);
}

/**
 * vcon_port_add - create a port in its slot
 * @dev: the device
 * @id: its number, below max_ports, not taken
 *
 * Nothing of it is visible to user space before vcon_port_register().
 *
 * Context: control worker or probe; may sleep.
 * Return: the port or an error pointer.
 */
struct vcon_port *vcon_port_add(struct vcon_device *dev, u32 id)
{
	struct vcon_slot *slot = &dev->slots[id];
	struct vcon_port *port = kzalloc(sizeof(*port), GFP_KERNEL);
	int err;

	if (!port)
		return ERR_PTR(-ENOMEM);
	port_init(port, slot);
	err = dev_set_name(&port->dev, "vport%dp%u", dev->vdev->index, id);
	if (err) {
		put_device(&port->dev);
		return ERR_PTR(err);
	}
	port_attach(slot, port);
	list_add_tail(&port->node, &dev->ports);
	dev->nr_ports++;
	trace_vcon_port(port->dev.devt, "add");
	return port;
}

/**
 * vcon_port_register - show a port to user space
 * @port: the port
 *
 * The add event is sent with the name attribute in place, followed by the
 * change event on which rules written for the in-tree driver wait.
 *
 * Context: control worker or probe; may sleep.
 * Return: 0 or an error of the driver core.
 */
int vcon_port_register(struct vcon_port *port)
{
	int err = cdev_device_add(&port->cdev, &port->dev);

	if (err)
		return err;
	port->registered = true;
	vcon_debugfs_add(port);
	trace_vcon_port(port->dev.devt, "register");
	if (port->name)
		kobject_uevent(&port->dev.kobj, KOBJ_CHANGE);
	return 0;
}

/**
 * vcon_port_set_name - the host has named a port
 * @port: the port
 * @bytes: the name as it came
 * @len: its length in bytes
 *
 * A port keeps its first name: after a resume the host sends it again.
 *
 * Context: control worker; may sleep.
 */
void vcon_port_set_name(struct vcon_port *port, const u8 *bytes, size_t len)
{
	char *name;

	if (port->name)
		return;
	name = kmalloc(VCON_NAME_MAX + 1, GFP_KERNEL);
	if (!name)
		return;
	vcon_name_clean(name, VCON_NAME_MAX + 1, bytes, len);
	port->name = name;
	if (!port->registered)
		return;
	/* A host that names its ports late: as the in-tree driver does it. */
	if (vcon_sysfs_update(port))
		dev_warn(&port->dev, "no name attribute\n");
	kobject_uevent(&port->dev.kobj, KOBJ_CHANGE);
}

/**
 * vcon_port_host_connected - the host's side has been opened or closed
 * @port: the port
 * @connected: which
 *
 * Context: control worker, remove or freeze; may sleep.
 */
void vcon_port_host_connected(struct vcon_port *port, bool connected)
{
	struct vcon_slot *slot = port->slot;
	bool changed;

	spin_lock_irq(&slot->tx.lock);
	spin_lock(&slot->rx.lock);
	changed = port->host_connected != connected;
	if (changed && !connected)
		vcon_tx_host_closed(port);
	port->host_connected = connected;
	spin_unlock(&slot->rx.lock);
	spin_unlock_irq(&slot->tx.lock);
	if (!changed)
		return;

	trace_vcon_port(port->dev.devt, connected ? "host open" : "host close");
	if (connected)
		vcon_tx_host_opened(port);
	wake_up_interruptible(&port->rx_wait);
	wake_up_interruptible(&port->tx_wait);
	kill_fasync(&port->fasync, SIGIO, POLL_OUT);
	if (port->registered)
		sysfs_notify(&port->dev.kobj, NULL, "host_connected");
}

static bool port_has_name(struct vcon_port *port, const void *name)
{
	const char *own = READ_ONCE(port->name);

	return (own && !strcmp(own, name)) || !strcmp(dev_name(&port->dev), name);
}

/**
 * vcon_port_find - look a port up
 * @name: as the host named it, or as its node is called
 *
 * Context: any.
 * Return: the port with a reference, or NULL.
 */
struct vcon_port *vcon_port_find(const char *name)
{
	return vcon_first_port(port_has_name, name);
}

/**
 * vcon_port_state - what a control message may find
 * @port: the port, or NULL
 *
 * Return: the state for vcon_control_judge().
 */
enum vcon_port_state vcon_port_state(struct vcon_port *port)
{
	if (!port)
		return VCON_STATE_ABSENT;
	if (port->is_console)
		return VCON_STATE_CONSOLE;
	return READ_ONCE(port->guest_connected) ? VCON_STATE_OPENED : VCON_STATE_PLAIN;
}

/**
 * vcon_port_resume - tell a device that has slept of a port
 * @port: the port
 *
 * Its queues are there again and empty, its device knows nothing of the guest.
 *
 * Context: control worker or restore; may sleep.
 */
void vcon_port_resume(struct vcon_port *port)
{
	struct vcon_device *dev = port->slot->dev;
	u32 id = port->slot->id;

	if (port->guest_connected && vcon_rx_restart(port->slot))
		dev_err(&port->dev, "no memory to receive\n");
	vcon_polled_restore(port);
	vcon_tx_host_opened(port);
	if (!dev->multiport)
		return;
	port->open_told = false;
	port->ready_queued = true;
	if (vcon_control_tell(dev, port, id, VIRTIO_CONSOLE_PORT_READY, 1) ||
	    (port->guest_connected &&
	     vcon_control_tell(dev, NULL, id, VIRTIO_CONSOLE_PORT_OPEN, 1)))
		dev_err(&port->dev, "no memory to tell the host\n");
}

/* From here on nobody who takes a queue's lock gets at the slot through the port. */
static void port_mark_gone(struct vcon_port *port)
{
	struct vcon_slot *slot = port->slot;

	spin_lock_irq(&slot->tx.lock);
	spin_lock(&slot->rx.lock);
	vcon_tx_unplugged(port);
	rcu_assign_pointer(slot->port, NULL);
	port->gone = true;
	port->host_connected = false;
	spin_unlock(&slot->rx.lock);
	spin_unlock_irq(&slot->tx.lock);
}

/**
 * vcon_port_unplug - take a port away
 * @port: the port
 *
 * Open files stay, and every call on them says ENODEV.
 *
 * Context: control worker or remove; sleeps.
 */
void vcon_port_unplug(struct vcon_port *port)
{
	struct vcon_slot *slot = port->slot;

	trace_vcon_port(port->dev.devt, "unplug");
	mutex_lock(&port->open_mutex);
	vcon_polled_give_back(slot);
	port_mark_gone(port);
	port->guest_connected = false;
	mutex_unlock(&port->open_mutex);
	vcon_rx_stop(slot);

	/* Whoever sleeps finds out; nobody can start to wait any more. */
	wake_up_all(&port->rx_wait);
	wake_up_all(&port->tx_wait);
	kill_fasync(&port->fasync, SIGIO, POLL_OUT);

	vcon_console_remove(port);
	if (port->registered) {
		vcon_debugfs_remove(port);
		cdev_device_del(&port->cdev, &port->dev);
	}
	vcon_control_forget(slot->dev, slot->id);
	list_del_init(&port->node);
	slot->dev->nr_ports--;
	vcon_port_put(port);
}
