// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of a port, in /sys/bus/usb-serial/devices/ttyUSBn/. Those that ask
 * the chip wake it up first.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "ftdi_sio.h"

static struct ftdi_port *port_of(struct device *dev)
{
	return ftdi_port_of(to_usb_serial_port(dev));
}

/* Takes the settings' lock with the device awake. */
static int begin(struct ftdi_port *fp)
{
	int err = usb_autopm_get_interface(fp->port->serial->interface);

	if (err)
		return -EIO;
	mutex_lock(&fp->mutex);
	return 0;
}

static void end(struct ftdi_port *fp)
{
	mutex_unlock(&fp->mutex);
	usb_autopm_put_interface(fp->port->serial->interface);
}

static ssize_t latency_timer_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct ftdi_settings *set = &port_of(dev)->set;

	return sysfs_emit(buf, "%u\n", set->low_latency ? 1 : set->latency);
}

static ssize_t latency_timer_store(struct device *dev, struct device_attribute *attr,
				   const char *buf, size_t count)
{
	struct ftdi_port *fp = port_of(dev);
	u8 latency;
	int err;

	if (kstrtou8(buf, 10, &latency))
		return -EINVAL;
	err = begin(fp);
	if (err)
		return err;
	err = ftdi_set_latency(fp, latency, fp->set.low_latency);
	end(fp);
	return err ? -EIO : count;
}
static DEVICE_ATTR_RW(latency_timer);

/* A character as 0 to 255, with 256 added to switch it on. */
static int parse_char(const char *buf, u16 *value)
{
	if (kstrtou16(buf, 0, value) || *value > (FTDI_CHAR_ON | 0xff))
		return -EINVAL;
	return 0;
}

static ssize_t event_char_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", port_of(dev)->set.event_char);
}

static ssize_t event_char_store(struct device *dev, struct device_attribute *attr,
				const char *buf, size_t count)
{
	struct ftdi_port *fp = port_of(dev);
	u16 value;
	int err = parse_char(buf, &value) ?: begin(fp);

	if (err)
		return err;
	err = ftdi_set_event_char(fp, value);
	end(fp);
	return err ? -EIO : count;
}
static DEVICE_ATTR_RW(event_char);

static ssize_t error_char_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", port_of(dev)->set.error_char);
}

static ssize_t error_char_store(struct device *dev, struct device_attribute *attr,
				const char *buf, size_t count)
{
	struct ftdi_port *fp = port_of(dev);
	u16 value;
	int err = parse_char(buf, &value) ?: begin(fp);

	if (err)
		return err;
	err = ftdi_set_error_char(fp, value);
	end(fp);
	return err ? -EIO : count;
}
static DEVICE_ATTR_RW(error_char);

static ssize_t dtr_rts_on_open_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", port_of(dev)->raise_lines);
}

static ssize_t dtr_rts_on_open_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	struct ftdi_port *fp = port_of(dev);
	bool value;

	if (kstrtobool(buf, &value))
		return -EINVAL;
	mutex_lock(&fp->mutex);
	fp->raise_lines = value;
	mutex_unlock(&fp->mutex);
	return count;
}
static DEVICE_ATTR_RW(dtr_rts_on_open);

static ssize_t dtr_dsr_flow_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", port_of(dev)->use_dtr_dsr);
}

/* Takes effect with the next termios or open, like every handshake. */
static ssize_t dtr_dsr_flow_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t count)
{
	struct ftdi_port *fp = port_of(dev);
	bool value;

	if (kstrtobool(buf, &value))
		return -EINVAL;
	mutex_lock(&fp->mutex);
	fp->use_dtr_dsr = value;
	mutex_unlock(&fp->mutex);
	return count;
}
static DEVICE_ATTR_RW(dtr_dsr_flow);

static ssize_t chip_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", port_of(dev)->chip->name);
}
static DEVICE_ATTR_RO(chip);

static ssize_t baud_rate_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", port_of(dev)->set.baud.rate);
}
static DEVICE_ATTR_RO(baud_rate);

static struct attribute *port_attrs[] = {
	&dev_attr_latency_timer.attr,
	&dev_attr_event_char.attr,
	&dev_attr_error_char.attr,
	&dev_attr_dtr_rts_on_open.attr,
	&dev_attr_dtr_dsr_flow.attr,
	&dev_attr_chip.attr,
	&dev_attr_baud_rate.attr,
	NULL
};

/* What a chip cannot do has no attribute. */
static umode_t is_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	const struct ftdi_chip *chip = port_of(kobj_to_dev(kobj))->chip;

	if (attr == &dev_attr_latency_timer.attr && !chip->has_latency)
		return 0;
	if ((attr == &dev_attr_event_char.attr || attr == &dev_attr_error_char.attr) &&
	    !chip->has_event_char)
		return 0;
	return attr->mode;
}

static const struct attribute_group port_group = {
	.attrs = port_attrs,
	.is_visible = is_visible,
};

/* ---- statistics/ ---- */

#define STATISTIC(name)								\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *buf) \
{										\
	return sysfs_emit(buf, "%lu\n", READ_ONCE(port_of(dev)->stats.name));	\
}										\
static DEVICE_ATTR_RO(name)

STATISTIC(rx_bytes);
STATISTIC(rx_short);
STATISTIC(rx_failures);
STATISTIC(rx_parked);
STATISTIC(tx_bytes);
STATISTIC(tx_transfers);
STATISTIC(tx_failures);
STATISTIC(tx_lost);

static struct attribute *statistics_attrs[] = {
	&dev_attr_rx_bytes.attr,
	&dev_attr_rx_short.attr,
	&dev_attr_rx_failures.attr,
	&dev_attr_rx_parked.attr,
	&dev_attr_tx_bytes.attr,
	&dev_attr_tx_transfers.attr,
	&dev_attr_tx_failures.attr,
	&dev_attr_tx_lost.attr,
	NULL
};

static const struct attribute_group statistics_group = {
	.name = "statistics",
	.attrs = statistics_attrs,
};

const struct attribute_group *ftdi_port_groups[] = { &port_group, &statistics_group, NULL };
