// SPDX-License-Identifier: GPL-2.0
/*
 * The virtio driver: which devices it drives, how one is brought up, taken
 * down, put to sleep and woken. Queues are found here; what flows through them
 * is in rxq.c, txq.c and control.c.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#include "../compat/device.h"
#include "../compat/virtio.h"
#define CREATE_TRACE_POINTS
#include "trace.h"
#include "virtio_console.h"

#define FREEZE_PATIENCE (HZ / 4)	/* for hosts to consume what is queued */
#define MAX_PORTS 0x8000	/* what the specification's port ids leave room for */

struct class *vcon_class;
struct workqueue_struct *vcon_wq;

bool vcon_resize_rows_first;
module_param_named(resize_rows_first, vcon_resize_rows_first, bool, 0644);
MODULE_PARM_DESC(resize_rows_first,
		 "the host sends RESIZE as rows, columns instead of columns, rows (old kernels' order)");

static LIST_HEAD(devices);
static DEFINE_SPINLOCK(devices_lock);	/* writers of @devices; readers use RCU */

static void device_free(struct kref *ref)
{
	struct vcon_device *dev = container_of(ref, struct vcon_device, ref);

	kvfree_rcu(dev, rcu);
}

/**
 * vcon_device_get - hold a device structure
 * @dev: the device
 */
void vcon_device_get(struct vcon_device *dev)
{
	kref_get(&dev->ref);
}

/**
 * vcon_device_put - let go of a device structure
 * @dev: the device
 */
void vcon_device_put(struct vcon_device *dev)
{
	kref_put(&dev->ref, device_free);
}

/**
 * vcon_for_each_port - visit every port of every device
 * @fn: called under rcu_read_lock() for each port that is in a slot
 *
 * Context: any, also a panic: takes no lock.
 */
void vcon_for_each_port(void (*fn)(struct vcon_port *port))
{
	struct vcon_device *dev;
	u32 id;

	rcu_read_lock();
	list_for_each_entry_rcu(dev, &devices, node) {
		for (id = 0; id < dev->max_ports; id++) {
			struct vcon_port *port = rcu_dereference(dev->slots[id].port);

			if (port)
				fn(port);
		}
	}
	rcu_read_unlock();
}

/**
 * vcon_first_port - look for a port
 * @match: called under rcu_read_lock() for each port that is in a slot
 * @data: for @match
 *
 * Context: any.
 * Return: the first that matches, with a reference, or NULL.
 */
struct vcon_port *vcon_first_port(bool (*match)(struct vcon_port *port, const void *data),
				  const void *data)
{
	struct vcon_port *port, *found = NULL;
	struct vcon_device *dev;
	u32 id;

	rcu_read_lock();
	list_for_each_entry_rcu(dev, &devices, node) {
		for (id = 0; id < dev->max_ports && !found; id++) {
			port = rcu_dereference(dev->slots[id].port);
			if (port && match(port, data) && kobject_get_unless_zero(&port->dev.kobj))
				found = port;
		}
	}
	rcu_read_unlock();
	return found;
}

static void describe_queues(struct vcon_device *dev, struct virtqueue_info *info)
{
	u32 id;

	for (id = 0; id < dev->max_ports; id++) {
		info[vcon_rx_index(id)] = (struct virtqueue_info){ "input", vcon_rx_callback };
		info[vcon_tx_index(id)] = (struct virtqueue_info){ "output", vcon_tx_callback };
	}
	if (dev->multiport) {
		info[2] = (struct virtqueue_info){ "control-i", vcon_control_in_callback };
		info[3] = (struct virtqueue_info){ "control-o", vcon_control_out_callback };
	}
}

/* Finds the device's queues and gives each slot its pair. */
static int attach_queues(struct vcon_device *dev)
{
	struct virtqueue_info *info = kvcalloc(dev->nvqs, sizeof(*info), GFP_KERNEL);
	u32 id;
	int err;

	if (!info)
		return -ENOMEM;
	describe_queues(dev, info);
	err = virtio_find_vqs(dev->vdev, dev->nvqs, dev->vqs, info, NULL);
	kvfree(info);
	if (err)
		return err;
	for (id = 0; id < dev->max_ports; id++) {
		struct vcon_slot *slot = &dev->slots[id];

		vcon_rx_attach(slot, dev->vqs[vcon_rx_index(id)]);
		spin_lock_irq(&slot->tx.lock);
		slot->tx.vq = dev->vqs[vcon_tx_index(id)];
		virtqueue_disable_cb(slot->tx.vq);
		spin_unlock_irq(&slot->tx.lock);
	}
	dev->has_queues = true;
	return 0;
}

/*
 * Takes the queues away and deletes them. In order: no control message is
 * handled (the caller has stopped that), no queue is being reset on its own
 * (trims are over), no interrupt comes and the device touches no memory (reset),
 * no buffer is added or taken (vq is NULL), nobody is in the middle of a kick
 * (grace period).
 */
static void detach_queues(struct vcon_device *dev)
{
	u32 id;

	if (!dev->has_queues)
		return;
	dev->has_queues = false;
	for (id = 0; id < dev->max_ports; id++)
		vcon_polled_give_back(&dev->slots[id]);
	for (id = 0; id < dev->max_ports; id++)
		vcon_rx_quiet(&dev->slots[id]);
	virtio_reset_device(dev->vdev);
	for (id = 0; id < dev->max_ports; id++) {
		struct vcon_slot *slot = &dev->slots[id];

		vcon_rx_attach(slot, NULL);
		vcon_tx_detach(slot);
		cancel_delayed_work_sync(&slot->rx.trim);
	}
	synchronize_rcu();
	for (id = 0; id < dev->max_ports; id++) {
		vcon_rx_purge(&dev->slots[id], dev->vqs[vcon_rx_index(id)]);
		vcon_tx_purge(&dev->slots[id], dev->vqs[vcon_tx_index(id)]);
	}
	if (dev->multiport)
		vcon_control_purge(dev);
	dev->vdev->config->del_vqs(dev->vdev);
}

/* The window size of a device's first console, from its configuration. */
static void config_resize(struct work_struct *work)
{
	struct vcon_device *dev = container_of(work, struct vcon_device, config_work);
	struct vcon_port *port;
	u16 columns, rows;

	if (!virtio_has_feature(dev->vdev, VIRTIO_CONSOLE_F_SIZE))
		return;
	virtio_cread(dev->vdev, struct virtio_console_config, cols, &columns);
	virtio_cread(dev->vdev, struct virtio_console_config, rows, &rows);
	rcu_read_lock();
	port = rcu_dereference(dev->slots[0].port);
	if (port && port->is_console)
		vcon_console_set_size(port, columns, rows);
	rcu_read_unlock();
}

static void vcon_config_changed(struct virtio_device *vdev)
{
	struct vcon_device *dev = vdev->priv;

	queue_work(vcon_wq, &dev->config_work);
}

/* A device without MULTIPORT is one console, which is there at once. */
static int single_console(struct vcon_device *dev)
{
	struct vcon_port *port = vcon_port_add(dev, 0);
	int err;

	if (IS_ERR(port))
		return PTR_ERR(port);
	vcon_port_host_connected(port, true);
	err = vcon_console_add(port);
	if (!err)
		err = vcon_port_register(port);
	if (err) {
		vcon_port_unplug(port);
		return err;
	}
	config_resize(&dev->config_work);
	return 0;
}

static int read_max_ports(struct virtio_device *vdev, u32 *max_ports)
{
	*max_ports = 1;
	if (!vdev->config->get && (virtio_has_feature(vdev, VIRTIO_CONSOLE_F_SIZE) ||
				   virtio_has_feature(vdev, VIRTIO_CONSOLE_F_MULTIPORT))) {
		dev_err(&vdev->dev, "the device offers features but no configuration to read\n");
		return -EINVAL;
	}
	virtio_cread_feature(vdev, VIRTIO_CONSOLE_F_MULTIPORT, struct virtio_console_config,
			     max_nr_ports, max_ports);
	if (!*max_ports || *max_ports > MAX_PORTS) {
		dev_err(&vdev->dev, "the device wants %u ports; 1 to %u are possible\n",
			*max_ports, MAX_PORTS);
		return -EINVAL;
	}
	return 0;
}

static struct vcon_device *device_alloc(struct virtio_device *vdev, u32 max_ports)
{
	struct vcon_device *dev = kvzalloc(struct_size(dev, slots, max_ports), GFP_KERNEL);
	u32 id;

	if (!dev)
		return NULL;
	kref_init(&dev->ref);
	dev->vdev = vdev;
	dev->max_ports = max_ports;
	dev->multiport = virtio_has_feature(vdev, VIRTIO_CONSOLE_F_MULTIPORT);
	dev->nvqs = dev->multiport ? 2 * max_ports + 2 : 2;
	INIT_LIST_HEAD(&dev->ports);
	INIT_WORK(&dev->config_work, config_resize);
	mutex_init(&dev->reset_mutex);
	vcon_control_init(dev);
	for (id = 0; id < max_ports; id++) {
		dev->slots[id].dev = dev;
		dev->slots[id].id = id;
		vcon_rx_init(&dev->slots[id]);
		vcon_tx_init(&dev->slots[id]);
	}
	return dev;
}

static int vcon_probe(struct virtio_device *vdev)
{
	struct vcon_device *dev;
	u32 max_ports;
	int err;

	err = read_max_ports(vdev, &max_ports);
	if (err)
		return err;
	dev = device_alloc(vdev, max_ports);
	if (!dev)
		return -ENOMEM;
	err = -ENOMEM;
	dev->vqs = kvcalloc(dev->nvqs, sizeof(*dev->vqs), GFP_KERNEL);
	if (!dev->vqs)
		goto put;
	err = alloc_chrdev_region(&dev->devt, 0, max_ports, "virtio-portsdev");
	if (err)
		goto free_vqs;
	vdev->priv = dev;
	err = attach_queues(dev);
	if (err)
		goto unregister;

	spin_lock(&devices_lock);
	list_add_tail_rcu(&dev->node, &devices);
	spin_unlock(&devices_lock);
	virtio_device_ready(vdev);
	if (dev->multiport)
		vcon_control_start(dev);
	else
		err = single_console(dev);
	if (!err)
		return 0;

	spin_lock(&devices_lock);
	list_del_rcu(&dev->node);
	spin_unlock(&devices_lock);
	detach_queues(dev);
unregister:
	unregister_chrdev_region(dev->devt, max_ports);
free_vqs:
	kvfree(dev->vqs);
put:
	vcon_device_put(dev);
	return err;
}

static void vcon_remove(struct virtio_device *vdev)
{
	struct vcon_device *dev = vdev->priv;
	struct vcon_port *port, *next;

	if (dev->multiport)
		vcon_control_stop(dev);
	cancel_work_sync(&dev->config_work);
	spin_lock(&devices_lock);
	list_del_rcu(&dev->node);
	spin_unlock(&devices_lock);
	list_for_each_entry_safe(port, next, &dev->ports, node)
		vcon_port_unplug(port);
	detach_queues(dev);
	unregister_chrdev_region(dev->devt, dev->max_ports);
	kvfree(dev->vqs);
	vcon_device_put(dev);
}

/*
 * Programs shall not notice that the machine slept. What was received stays to
 * be read, hosts count as connected until the device says otherwise, and what
 * is queued is given a moment to be consumed: the rest is lost, and counted.
 */
static int __maybe_unused vcon_freeze(struct virtio_device *vdev)
{
	struct vcon_device *dev = vdev->priv;
	unsigned long deadline = jiffies + FREEZE_PATIENCE;
	struct vcon_port *port;

	if (dev->multiport)
		vcon_control_stop(dev);
	cancel_work_sync(&dev->config_work);
	list_for_each_entry(port, &dev->ports, node)
		vcon_tx_settle(port, time_before(jiffies, deadline) ? deadline - jiffies : 0);
	detach_queues(dev);
	return 0;
}

static int __maybe_unused vcon_restore(struct virtio_device *vdev)
{
	struct vcon_device *dev = vdev->priv;
	struct vcon_port *port;
	int err = attach_queues(dev);

	if (err)
		return err;
	virtio_device_ready(vdev);
	if (dev->multiport)
		vcon_control_start(dev);
	else
		list_for_each_entry(port, &dev->ports, node)
			vcon_port_resume(port);
	return 0;
}

static const struct virtio_device_id id_table[] = {
	{ VIRTIO_ID_CONSOLE, VIRTIO_DEV_ANY_ID },
	{ 0 },
};
MODULE_DEVICE_TABLE(virtio, id_table);

static const unsigned int features[] = {
	VIRTIO_CONSOLE_F_SIZE,
	VIRTIO_CONSOLE_F_MULTIPORT,
	VIRTIO_CONSOLE_F_EMERG_WRITE,
};

static struct virtio_driver vcon_driver = {
	.feature_table = features,
	.feature_table_size = ARRAY_SIZE(features),
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.id_table = id_table,
	.probe = vcon_probe,
	.remove = vcon_remove,
	.config_changed = vcon_config_changed,
#ifdef CONFIG_PM_SLEEP
	.freeze = vcon_freeze,
	.restore = vcon_restore,
#endif
};

static int port_uevent(COMPAT_UEVENT_DEVICE *device, struct kobj_uevent_env *env)
{
	const struct vcon_port *port = container_of(device, struct vcon_port, dev);

	return port->name ? add_uevent_var(env, "VIRTIO_PORT_NAME=%s", port->name) : 0;
}

#define TAKEN "virtio_console: this kernel has a virtio_console of its own, which holds the devices; boot with initcall_blacklist=virtio_console_init on the kernel's command line to use this one\n"

static int __init vcon_module_init(void)
{
	int err;

	if (vcon_debugfs_is_taken()) {
		pr_err(TAKEN);
		return -EEXIST;
	}
	vcon_wq = alloc_workqueue("virtio_console", WQ_UNBOUND, 0);
	if (!vcon_wq)
		return -ENOMEM;
	vcon_class = class_create("virtio-ports");
	if (IS_ERR(vcon_class)) {
		err = PTR_ERR(vcon_class);
		if (err == -EEXIST)
			pr_err(TAKEN);
		goto destroy_wq;
	}
	vcon_class->dev_uevent = port_uevent;
	vcon_debugfs_init();
	err = vcon_console_init();
	if (err)
		goto destroy_class;
	err = register_virtio_driver(&vcon_driver);
	if (err)
		goto exit_console;
	return 0;

exit_console:
	vcon_console_exit();
destroy_class:
	vcon_debugfs_exit();
	class_destroy(vcon_class);
destroy_wq:
	destroy_workqueue(vcon_wq);
	return err;
}
module_init(vcon_module_init);

static void __exit vcon_module_exit(void)
{
	unregister_virtio_driver(&vcon_driver);
	vcon_console_exit();
	vcon_debugfs_exit();
	class_destroy(vcon_class);
	destroy_workqueue(vcon_wq);
	rcu_barrier();
}
module_exit(vcon_module_exit);

MODULE_DESCRIPTION("virtio console and serial ports");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
