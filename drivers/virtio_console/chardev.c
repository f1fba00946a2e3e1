// SPDX-License-Identifier: GPL-2.0
/*
 * The file operations of /dev/vportNpM. What they promise is the in-tree
 * driver's contract; docs/differences.md lists where they promise more.
 */
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/splice.h>
#include <linux/termios.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "../compat/splice.h"
#include "trace.h"
#include "virtio_console.h"

#define PORT_RX_BUFFERS 128	/* pages posted while a port is open */

/* The message that tells the host of the close, reserved at open. */
struct vcon_open {
	struct vcon_port *port;
	struct vcon_control_msg *closing;
};

static struct vcon_port *file_port(struct file *file)
{
	return ((struct vcon_open *)file->private_data)->port;
}

static int port_open(struct vcon_port *port, struct vcon_open *open)
{
	struct vcon_device *dev = port->slot->dev;
	struct vcon_control_msg *pair[2];
	int err;

	if (port->gone || port->is_console)
		return -ENXIO;
	if (port->guest_connected)
		return -EBUSY;
	err = vcon_control_reserve_open(port, pair);
	if (err)
		return err;
	err = vcon_rx_start(port->slot, PORT_RX_BUFFERS);
	if (err) {
		kfree(pair[0]);
		kfree(pair[1]);
		return err;
	}
	port->guest_connected = true;
	open->closing = pair[1];
	vcon_control_send(dev, pair[0]);
	return 0;
}

static int vcon_open(struct inode *inode, struct file *file)
{
	struct vcon_port *port = container_of(inode->i_cdev, struct vcon_port, cdev);
	struct vcon_open *open = kzalloc(sizeof(*open), GFP_KERNEL);
	int err;

	if (!open)
		return -ENOMEM;
	open->port = port;
	mutex_lock(&port->open_mutex);
	err = port_open(port, open);
	mutex_unlock(&port->open_mutex);
	if (err) {
		kfree(open);
		return err;
	}
	trace_vcon_port(port->dev.devt, "open");
	file->private_data = open;
	file->f_mode |= FMODE_NOWAIT;
	return nonseekable_open(inode, file);
}

static int vcon_release(struct inode *inode, struct file *file)
{
	struct vcon_open *open = file->private_data;
	struct vcon_port *port = open->port;
	bool gone;

	trace_vcon_port(port->dev.devt, "release");
	mutex_lock(&port->open_mutex);
	gone = port->gone;
	port->guest_connected = false;
	if (!gone) {
		vcon_rx_stop(port->slot);
		vcon_tx_release(port);
		vcon_control_send(port->slot->dev, open->closing);
	}
	mutex_unlock(&port->open_mutex);
	if (gone)
		kfree(open->closing);
	kfree(open);
	return 0;
}

/* What read() and write() come by: most messages are small, and need no iterator. */
static ssize_t vcon_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct iovec iov = { .iov_base = buf, .iov_len = count };
	struct vcon_port *port = file_port(file);
	struct iov_iter to;

	if (vcon_rx_read_quick(port, buf, count))
		return count;
	iov_iter_init(&to, READ, &iov, 1, count);
	return vcon_rx_read(port, &to, file->f_flags & O_NONBLOCK);
}

static ssize_t vcon_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct iovec iov = { .iov_base = (char __user *)buf, .iov_len = count };
	struct vcon_port *port = file_port(file);
	struct iov_iter from;

	if (vcon_tx_write_quick(port, buf, count))
		return count;
	iov_iter_init(&from, WRITE, &iov, 1, count);
	return vcon_tx_write(port, &from, file->f_flags & O_NONBLOCK);
}

static bool wants_nonblock(struct kiocb *iocb)
{
	return iocb->ki_flags & IOCB_NOWAIT || iocb->ki_filp->f_flags & O_NONBLOCK;
}

static ssize_t vcon_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return vcon_rx_read(file_port(iocb->ki_filp), to, wants_nonblock(iocb));
}

static ssize_t vcon_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	return vcon_tx_write(file_port(iocb->ki_filp), from, wants_nonblock(iocb));
}

static __poll_t vcon_poll(struct file *file, poll_table *wait)
{
	struct vcon_port *port = file_port(file);
	bool connected;
	__poll_t mask = 0;

	poll_wait(file, &port->rx_wait, wait);
	poll_wait(file, &port->tx_wait, wait);
	if (READ_ONCE(port->gone))
		return EPOLLHUP;
	connected = READ_ONCE(port->host_connected);
	if (vcon_rx_pending(port) || !connected)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (vcon_tx_poll(port))
		mask |= EPOLLOUT;
	if (!connected)
		mask |= EPOLLHUP;
	return mask;
}

static int vcon_fasync(int fd, struct file *file, int on)
{
	struct vcon_port *port = file_port(file);
	int err = fasync_helper(fd, file, on, &port->fasync);

	if (err >= 0 && on)
		vcon_rx_arm(port);
	return err;
}

static int vcon_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return vcon_tx_sync(file_port(file));
}

static long vcon_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vcon_port *port = file_port(file);
	unsigned int bytes;

	switch (cmd) {
	case FIONREAD:
		bytes = vcon_rx_pending(port);
		break;
	case TIOCOUTQ:
		bytes = vcon_tx_queued(port);
		break;
	default:
		return -ENOTTY;
	}
	if (READ_ONCE(port->gone))
		return -ENODEV;
	return put_user((int)bytes, (int __user *)arg);
}

const struct file_operations vcon_fops = {
	.owner = THIS_MODULE,
	.open = vcon_open,
	.release = vcon_release,
	.read = vcon_read,
	.write = vcon_write,
	.read_iter = vcon_read_iter,
	.write_iter = vcon_write_iter,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.poll = vcon_poll,
	.fasync = vcon_fasync,
	.fsync = vcon_fsync,
	.unlocked_ioctl = vcon_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
