// SPDX-License-Identifier: GPL-2.0
/*
 * A port: how it comes and goes, who has it running, how it is put to sleep.
 *
 * Life: ftdi_port_alloc() makes a struct ftdi_port when a device is found, and
 * ftdi_port_free() frees it when nobody has its tty open any more. That may be long
 * after ftdi_port_remove(): a call that was under way when the plug was pulled still
 * uses the port, and finds it gone. URBs exist while the port has a user (the tty
 * while it is open, the console while it is registered); the last one that leaves
 * stops and frees them.
 *
 * Locks, in this order:
 *   tty_port.mutex   usbserial's: open, close, hangup, termios, ioctls
 *   fp->mutex        the chip's settings, users and gone
 *   rx.mutex, tx.mutex   killing URBs of one direction and starting them again
 *   rx.lock          the receiving side, also in callbacks
 *   tx.lock          the sending side, also in callbacks; never with rx.lock
 *   port->lock, tty_port.lock   counters; the tty
 */
#include <linux/slab.h>

#include "console.h"
#include "ftdi_sio.h"
#include "request.h"

/* ---- which chip ---- */

static const struct ftdi_chip *find_chip(struct usb_serial_port *port, unsigned int interface)
{
	struct usb_device *udev = port->serial->dev;
	u16 bcd = le16_to_cpu(udev->descriptor.bcdDevice);
	bool ambiguous = ftdi_chip_is_ambiguous(bcd, udev->descriptor.iSerialNumber);
	const struct ftdi_chip *chip;

	chip = ftdi_chip_find(bcd, ambiguous && ftdi_answers_latency(udev, 0));
	if (chip) {
		dev_info(&udev->dev, "Detected %s\n", chip->name);
		return chip;
	}
	chip = ftdi_chip_like(udev->speed >= USB_SPEED_HIGH);
	dev_warn(&udev->dev, "unknown chip (bcdDevice 0x%04x), treated like an %s; if something does not work, please report it with the output of lsusb -v\n",
		 bcd, chip->name);
	return chip;
}

/* QEMU's model, which names itself, does some things unlike any chip. */
static bool is_qemu(const struct usb_device *udev)
{
	return udev->manufacturer && udev->product && !strcmp(udev->manufacturer, "QEMU") &&
	       !strcmp(udev->product, "QEMU USB SERIAL");
}

/* ---- running ---- */

/*
 * A fresh start for the line. The chip's reset also throws away what it has yet
 * to send and drops the lines; where that would hurt, only what came in while
 * nobody listened is thrown away.
 */
static void wake_chip(struct ftdi_port *fp)
{
	int err;

	if (fp->tx.dirty || fp->set.lines)
		err = ftdi_purge(fp, true, false);
	else
		err = ftdi_reset(fp);
	if (err && err != -ENODEV)
		dev_warn(&fp->port->dev, "the chip refused to be reset (error %d)\n", err);
	fp->set.known = false;
}

static int start(struct ftdi_port *fp)
{
	int err;

	err = ftdi_rx_alloc(fp);
	if (!err)
		err = ftdi_tx_alloc(fp);
	if (err) {
		ftdi_rx_free(fp);
		ftdi_tx_free(fp);
		return err;
	}
	wake_chip(fp);
	ftdi_modem_sync(fp);
	ftdi_rx_start(fp);
	ftdi_tx_start(fp);
	return 0;
}

static void stop(struct ftdi_port *fp)
{
	ftdi_rx_stop(fp);
	ftdi_tx_stop(fp);
	ftdi_modem_stop(fp);
}

/**
 * ftdi_port_use - have the port running
 * @fp: the port
 * @user: FTDI_USER_TTY or FTDI_USER_CONSOLE, who does not have it yet
 *
 * Context: process, may sleep.
 * Return: 0, -ENODEV when the device is gone, -ENOMEM.
 */
int ftdi_port_use(struct ftdi_port *fp, unsigned int user)
{
	int err = 0;

	mutex_lock(&fp->mutex);
	if (fp->gone)
		err = -ENODEV;
	else if (!fp->users)
		err = start(fp);
	if (!err)
		WRITE_ONCE(fp->users, fp->users | user);
	mutex_unlock(&fp->mutex);
	return err;
}

/**
 * ftdi_port_unuse - have it running no longer
 * @fp: the port
 * @user: as for ftdi_port_use()
 *
 * Context: process, may sleep.
 */
void ftdi_port_unuse(struct ftdi_port *fp, unsigned int user)
{
	mutex_lock(&fp->mutex);
	WRITE_ONCE(fp->users, fp->users & ~user);
	if (!fp->users) {
		stop(fp);
		ftdi_rx_free(fp);
		ftdi_tx_free(fp);
	} else if (user == FTDI_USER_TTY) {
		ftdi_tx_drop(fp);
	}
	mutex_unlock(&fp->mutex);
}

/**
 * ftdi_port_pause - stop for a sleep or a reset of the device
 * @fp: the port; its tty may be open and stays so
 *
 * Context: process, may sleep.
 */
void ftdi_port_pause(struct ftdi_port *fp)
{
	ftdi_console_pause(fp);
	mutex_lock(&fp->mutex);
	if (fp->users)
		stop(fp);
	mutex_unlock(&fp->mutex);
}

/**
 * ftdi_port_continue - go on after ftdi_port_pause()
 * @fp: the port
 * @forgot: the chip lost power or was reset
 *
 * Context: process, may sleep.
 */
void ftdi_port_continue(struct ftdi_port *fp, bool forgot)
{
	mutex_lock(&fp->mutex);
	if (forgot)
		ftdi_replay(fp);
	if (fp->users && !fp->gone) {
		ftdi_rx_start(fp);
		ftdi_tx_start(fp);
		ftdi_modem_watch(fp);
	}
	mutex_unlock(&fp->mutex);
	ftdi_console_continue(fp);
}

/* ---- coming and going ---- */

static void read_latency(struct ftdi_port *fp)
{
	fp->set.latency = FTDI_LATENCY_DEFAULT;
	if (fp->chip->has_latency &&
	    ftdi_request_in(fp, FTDI_REQ_GET_LATENCY, fp->channel, &fp->set.latency, 1))
		dev_warn(&fp->port->dev, "the chip does not tell its latency timer; %u ms is taken for it\n",
			 FTDI_LATENCY_DEFAULT);
}

/**
 * ftdi_port_alloc - the state of a port to come
 * @port: the port, not yet registered; the serial device's data are what was found
 *
 * Context: process, may sleep.
 * Return: the port, or NULL for want of memory.
 */
struct ftdi_port *ftdi_port_alloc(struct usb_serial_port *port)
{
	const struct ftdi_interface *found = usb_get_serial_data(port->serial);
	struct ftdi_port *fp = kzalloc(sizeof(*fp), GFP_KERNEL);

	if (!fp)
		return NULL;
	fp->port = port;
	fp->udev = port->serial->dev;
	fp->qemu = is_qemu(fp->udev);
	fp->board = found->board;
	fp->in = found->in;
	fp->out = found->out;
	fp->rx.packet_size = found->packet_size;
	fp->raise_lines = true;
	mutex_init(&fp->mutex);
	ftdi_rx_init(fp);
	ftdi_tx_init(fp);
	ftdi_modem_init(fp);
	return fp;
}

/**
 * ftdi_port_free - nobody can reach the port any more
 * @fp: the port
 *
 * Context: process, may sleep.
 */
void ftdi_port_free(struct ftdi_port *fp)
{
	ftdi_modem_stop(fp);
	mutex_destroy(&fp->mutex);
	kfree(fp);
}

/**
 * ftdi_port_probe - a port appears
 * @port: the port; its minor is known
 *
 * Context: process, may sleep.
 * Return: 0.
 */
int ftdi_port_probe(struct usb_serial_port *port)
{
	unsigned int interface = port->serial->interface->cur_altsetting->desc.bInterfaceNumber;
	struct ftdi_port *fp = ftdi_port_of(port);
	int err;

	fp->chip = find_chip(port, interface);
	fp->channel = fp->chip->channels ? interface + 1 : 0;
	read_latency(fp);
	err = ftdi_gpio_add(fp);
	if (err)
		dev_warn(&port->dev, "no general purpose lines (error %d); the serial line works\n",
			 err);
	ftdi_console_add(fp);
	return 0;
}

/**
 * ftdi_port_remove - a port goes
 * @port: the port; its tty has been hung up
 *
 * Context: process, may sleep.
 */
void ftdi_port_remove(struct usb_serial_port *port)
{
	struct ftdi_port *fp = ftdi_port_of(port);

	ftdi_console_remove(fp);
	ftdi_gpio_remove(fp);
	mutex_lock(&fp->mutex);
	WRITE_ONCE(fp->gone, true);
	if (fp->users)
		stop(fp);
	mutex_unlock(&fp->mutex);
}
