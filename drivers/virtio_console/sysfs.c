// SPDX-License-Identifier: GPL-2.0
/*
 * What sysfs shows of a port: its name, when the host gave one; the hvc line of
 * a console; whether host and guest have it open (host_connected can be
 * polled); and counters.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "../compat/hvc.h"
#include "virtio_console.h"

static ssize_t name_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vcon_port *port = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", port->name);
}
static DEVICE_ATTR_RO(name);

static ssize_t host_connected_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vcon_port *port = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%d\n", READ_ONCE(port->host_connected));
}
static DEVICE_ATTR_RO(host_connected);

static ssize_t guest_connected_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vcon_port *port = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%d\n", READ_ONCE(port->guest_connected));
}
static DEVICE_ATTR_RO(guest_connected);

static ssize_t console_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vcon_port *port = dev_get_drvdata(dev);

	if (port->console.index >= HVC_TTY_LINES)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "hvc%d\n", port->console.index);
}
static DEVICE_ATTR_RO(console);

static struct attribute *port_attrs[] = {
	&dev_attr_name.attr,
	&dev_attr_host_connected.attr,
	&dev_attr_guest_connected.attr,
	&dev_attr_console.attr,
	NULL,
};

static umode_t port_attr_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct vcon_port *port = dev_get_drvdata(kobj_to_dev(kobj));

	if (attr == &dev_attr_name.attr && !port->name)
		return 0;
	if (attr == &dev_attr_console.attr && !port->is_console)
		return 0;
	return attr->mode;
}

static const struct attribute_group port_group = {
	.attrs = port_attrs,
	.is_visible = port_attr_visible,
};

#define STATISTIC(counter)							\
static ssize_t counter##_show(struct device *dev, struct device_attribute *attr, char *buf)	\
{										\
	struct vcon_port *port = dev_get_drvdata(dev);				\
										\
	return sysfs_emit(buf, "%lu\n", READ_ONCE(port->stats.counter));	\
}										\
static DEVICE_ATTR_RO(counter)

STATISTIC(bytes_received);
STATISTIC(bytes_discarded);
STATISTIC(rx_interrupts);
STATISTIC(rx_kicks);
STATISTIC(rx_rescues);
STATISTIC(bytes_sent);
STATISTIC(bytes_lost);
STATISTIC(tx_interrupts);
STATISTIC(tx_kicks);
STATISTIC(tx_full);
STATISTIC(tx_flights);
STATISTIC(tx_rescues);

static ssize_t rx_posted_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vcon_port *port = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(port->slot->rx.posted));
}
static DEVICE_ATTR_RO(rx_posted);

static struct attribute *statistics_attrs[] = {
	&dev_attr_bytes_received.attr,
	&dev_attr_bytes_discarded.attr,
	&dev_attr_rx_posted.attr,
	&dev_attr_rx_interrupts.attr,
	&dev_attr_rx_kicks.attr,
	&dev_attr_rx_rescues.attr,
	&dev_attr_bytes_sent.attr,
	&dev_attr_bytes_lost.attr,
	&dev_attr_tx_interrupts.attr,
	&dev_attr_tx_kicks.attr,
	&dev_attr_tx_full.attr,
	&dev_attr_tx_flights.attr,
	&dev_attr_tx_rescues.attr,
	NULL,
};

static const struct attribute_group statistics_group = {
	.name = "statistics",
	.attrs = statistics_attrs,
};

const struct attribute_group *vcon_port_groups[] = {
	&port_group,
	&statistics_group,
	NULL,
};

/**
 * vcon_sysfs_update - show what a port has got late: a name, an hvc line
 * @port: the port, registered
 *
 * Return: 0 or an error of sysfs.
 */
int vcon_sysfs_update(struct vcon_port *port)
{
	return sysfs_update_group(&port->dev.kobj, &port_group);
}
