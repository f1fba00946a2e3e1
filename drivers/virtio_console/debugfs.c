// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/virtio-ports/vportNpM: nine lines that tools parse as
 * "key: value". The keys are the in-tree driver's; everything else is in sysfs.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "tx.h"
#include "virtio_console.h"

static struct dentry *debugfs_root;

static int port_show(struct seq_file *m, void *unused)
{
	struct vcon_port *port = m->private;
	unsigned long flags;
	bool full;

	flags = vcon_tx_lock(port);
	full = !port->gone && !vcon_tx_has_room(&port->slot->tx);
	vcon_tx_unlock(port, flags, false);
	seq_printf(m, "name: %s\n", port->name ?: "");
	seq_printf(m, "guest_connected: %d\n", READ_ONCE(port->guest_connected));
	seq_printf(m, "host_connected: %d\n", READ_ONCE(port->host_connected));
	seq_printf(m, "outvq_full: %d\n", full);
	seq_printf(m, "bytes_sent: %lu\n", READ_ONCE(port->stats.bytes_sent));
	seq_printf(m, "bytes_received: %lu\n", READ_ONCE(port->stats.bytes_received));
	seq_printf(m, "bytes_discarded: %lu\n", READ_ONCE(port->stats.bytes_discarded));
	seq_printf(m, "is_console: %s\n", port->is_console ? "yes" : "no");
	seq_printf(m, "console_vtermno: %u\n", port->console.vtermno);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(port);

/**
 * vcon_debugfs_add - show a port in debugfs
 * @port: the port, registered
 */
void vcon_debugfs_add(struct vcon_port *port)
{
	port->debugfs = debugfs_create_file(dev_name(&port->dev), 0444, debugfs_root, port,
					    &port_fops);
}

/**
 * vcon_debugfs_remove - take a port out of debugfs
 * @port: the port
 */
void vcon_debugfs_remove(struct vcon_port *port)
{
	debugfs_remove(port->debugfs);
}

/**
 * vcon_debugfs_is_taken - is there another driver of these ports
 *
 * Return: true when the directory exists, as it does where the kernel has its
 * own virtio_console built in.
 */
bool vcon_debugfs_is_taken(void)
{
	struct dentry *dir = debugfs_lookup("virtio-ports", NULL);

	if (IS_ERR_OR_NULL(dir))
		return false;
	dput(dir);
	return true;
}

/**
 * vcon_debugfs_init - make the directory; failure is not an error
 */
void vcon_debugfs_init(void)
{
	debugfs_root = debugfs_create_dir("virtio-ports", NULL);
}

/**
 * vcon_debugfs_exit - remove the directory
 */
void vcon_debugfs_exit(void)
{
	debugfs_remove(debugfs_root);
}
