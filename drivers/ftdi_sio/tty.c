// SPDX-License-Identifier: GPL-2.0
/*
 * The remaining tty operations: open and close, data, break, ioctls. Termios is
 * in termios.c, the modem lines in modem.c, tcdrain() in drain.c.
 */
#include <linux/capability.h>
#include <linux/uaccess.h>

#include "../compat/tty.h"
#include "console.h"
#include "ftdi_sio.h"

static struct ftdi_port *port_of(struct tty_struct *tty)
{
	struct usb_serial_port *port = tty->driver_data;

	return ftdi_port_of(port);
}

/**
 * ftdi_open - first open of the tty
 * @tty: the tty
 * @port: the port
 *
 * Context: process, may sleep, tty_port mutex and disc_mutex held.
 * Return: 0, -ENOMEM or the USB core's error.
 */
int ftdi_open(struct tty_struct *tty, struct usb_serial_port *port)
{
	struct ftdi_port *fp = ftdi_port_of(port);
	int err;

	ftdi_console_opened(fp, tty);
	err = ftdi_port_use(fp, FTDI_USER_TTY);
	if (err)
		return err;
	ftdi_set_termios(tty, port, NULL);
	ftdi_rx_set_tty(fp, true);
	return 0;
}

/**
 * ftdi_close - last close of the tty, or a hangup
 * @port: the port
 *
 * What was written has been waited for (closing_wait) or is given up.
 *
 * Context: process, may sleep, tty_port mutex held.
 */
void ftdi_close(struct usb_serial_port *port)
{
	struct ftdi_port *fp = ftdi_port_of(port);

	ftdi_rx_set_tty(fp, false);
	ftdi_port_unuse(fp, FTDI_USER_TTY);
}

/**
 * ftdi_write - queue bytes for the chip
 * @tty: the tty
 * @port: the port
 * @buf: the bytes
 * @count: how many
 *
 * Context: any.
 * Return: how many were queued, or -ENODEV.
 */
int ftdi_write(struct tty_struct *tty, struct usb_serial_port *port, const unsigned char *buf,
	       int count)
{
	return ftdi_tx_write(ftdi_port_of(port), buf, count);
}

/**
 * ftdi_write_room - how many bytes ftdi_write() would take
 * @tty: the tty
 *
 * Context: any.
 * Return: bytes.
 */
unsigned int ftdi_write_room(struct tty_struct *tty)
{
	return ftdi_tx_room(port_of(tty));
}

/**
 * ftdi_chars_in_buffer - how many bytes the chip has not yet taken
 * @tty: the tty
 *
 * Context: any.
 * Return: bytes.
 */
unsigned int ftdi_chars_in_buffer(struct tty_struct *tty)
{
	return ftdi_tx_queued(port_of(tty));
}

/*
 * The chip's own XON/XOFF works both ways and is in use with IXON; without it
 * a reader that asked for IXOFF gets the character from here.
 */
static void send_flow_char(struct tty_struct *tty, struct ftdi_port *fp, u8 ch)
{
	if (I_IXOFF(tty) && !I_IXON(tty) && ch)
		ftdi_tx_xchar(fp, ch);
}

/**
 * ftdi_throttle - the reader is slow: fetch no more
 * @tty: the tty
 *
 * Context: process.
 */
void ftdi_throttle(struct tty_struct *tty)
{
	send_flow_char(tty, port_of(tty), STOP_CHAR(tty));
	ftdi_rx_throttle(port_of(tty), true);
}

/**
 * ftdi_unthrottle - the reader caught up
 * @tty: the tty
 *
 * Context: process.
 */
void ftdi_unthrottle(struct tty_struct *tty)
{
	ftdi_rx_throttle(port_of(tty), false);
	send_flow_char(tty, port_of(tty), START_CHAR(tty));
}

/**
 * ftdi_break_ctl - start or end a break
 * @tty: the tty
 * @state: not 0 to start
 *
 * Context: process, may sleep.
 * Return: 0 or an error.
 */
int ftdi_break_ctl(struct tty_struct *tty, int state)
{
	struct ftdi_port *fp = port_of(tty);
	int err;

	mutex_lock(&fp->mutex);
	err = ftdi_set_break(fp, state != 0);
	mutex_unlock(&fp->mutex);
	return err;
}

static int get_lsr(struct ftdi_port *fp, unsigned int __user *arg)
{
	return put_user(ftdi_tx_empty(fp) ? TIOCSER_TEMT : 0, arg);
}

/*
 * The tty layer flushes the line discipline alone. The queue and the chip are
 * emptied here, under the same condition: no background job may do it.
 */
static int flush(struct tty_struct *tty, struct ftdi_port *fp, unsigned long what)
{
	int err = tty_check_change(tty);

	if (err)
		return err;
	if (what == TCIFLUSH || what == TCIOFLUSH)
		err = ftdi_rx_purge(fp);
	if (!err && (what == TCOFLUSH || what == TCIOFLUSH))
		err = ftdi_tx_purge(fp);
	return err ?: -ENOIOCTLCMD;
}

/**
 * ftdi_ioctl - the ioctls that the tty layer leaves to drivers, and TCFLSH
 * @tty: the tty
 * @cmd: number
 * @arg: argument
 *
 * Context: process, may sleep, tty_port mutex held.
 * Return: 0 or an error; -ENOIOCTLCMD for what others do.
 */
int ftdi_ioctl(struct tty_struct *tty, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCSERGETLSR:
		return get_lsr(port_of(tty), (unsigned int __user *)arg);
	case TCFLSH:
		return flush(tty, port_of(tty), arg);
	default:
		return -ENOIOCTLCMD;
	}
}

/**
 * ftdi_get_serial - TIOCGSERIAL
 * @tty: the tty
 * @ss: filled in, beside what usbserial put there
 *
 * Context: process, tty_port mutex held.
 */
void ftdi_get_serial(struct tty_struct *tty, struct serial_struct *ss)
{
	struct ftdi_port *fp = port_of(tty);

	mutex_lock(&fp->mutex);
	ss->flags = fp->flags;
	ss->baud_base = fp->chip->baud_base;
	ss->custom_divisor = fp->custom_divisor;
	mutex_unlock(&fp->mutex);
}

/* What may be changed by whom. */
static int check_serial(struct ftdi_port *fp, const struct serial_struct *ss)
{
	const unsigned int everyone = ASYNC_USR_MASK, settable = ASYNC_FLAGS;

	if (!capable(CAP_SYS_ADMIN) && (ss->flags ^ fp->flags) & settable & ~everyone)
		return -EPERM;
	if ((ss->flags & ASYNC_SPD_MASK) == ASYNC_SPD_CUST && ss->custom_divisor < 1)
		return -EINVAL;
	return 0;
}

static int apply_serial(struct ftdi_port *fp, const struct serial_struct *ss)
{
	bool low_latency = ss->flags & ASYNC_LOW_LATENCY;
	int err;

	err = check_serial(fp, ss);
	if (err)
		return err;
	if (fp->chip->has_latency && low_latency != fp->set.low_latency) {
		err = ftdi_set_latency(fp, fp->set.latency, low_latency);
		if (err)
			return err;
	}
	fp->flags = ss->flags & ASYNC_FLAGS;
	fp->custom_divisor = ss->custom_divisor;
	return 0;
}

/**
 * ftdi_set_serial - TIOCSSERIAL: low latency, a custom divisor
 * @tty: the tty
 * @ss: what is wanted
 *
 * Context: process, may sleep, tty_port mutex held.
 * Return: 0, -EPERM, -EINVAL or the error of a request.
 */
int ftdi_set_serial(struct tty_struct *tty, struct serial_struct *ss)
{
	struct ftdi_port *fp = port_of(tty);
	struct ktermios now = tty->termios;
	bool rate_changed;
	int err;

	mutex_lock(&fp->mutex);
	rate_changed = ((ss->flags ^ fp->flags) & ASYNC_SPD_MASK) ||
		       ss->custom_divisor != fp->custom_divisor;
	err = apply_serial(fp, ss);
	mutex_unlock(&fp->mutex);
	if (err || !rate_changed)
		return err;
	if (ss->flags & ASYNC_SPD_MASK)
		dev_warn_ratelimited(&fp->port->dev,
				     "setserial's speed flags are deprecated; use BOTHER with TCSETS2\n");
	ftdi_set_termios(tty, fp->port, &now);
	return 0;
}
