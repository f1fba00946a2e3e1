// SPDX-License-Identifier: GPL-2.0
/*
 * The modem lines: changes that come with packets, TIOCMGET and its kin, DTR and
 * RTS. A device that sends no status by itself (QEMU), or whose data nobody
 * reads at the moment, is asked now and then, as long as someone waits.
 */
#include "ftdi_sio.h"

#define POLL_FOR_WAITER (HZ / 20)
#define POLL_FOR_CARRIER (HZ / 2)	/* an open line without CLOCAL */

/* Carrier came or went: the line discipline and, without CLOCAL, a hangup. */
static void carrier_changed(struct ftdi_port *fp)
{
	struct tty_struct *tty = tty_port_tty_get(&fp->port->port);

	usb_serial_handle_dcd_change(fp->port, tty, fp->rx.line.modem & FTDI_MODEM_DCD);
	tty_kref_put(tty);
}

/**
 * ftdi_modem_changed - count changes of the lines and wake who waits for them
 * @fp: the port; rx.line.modem is the new state
 * @changed: FTDI_MODEM_ bits
 *
 * Context: any, rx.lock held.
 */
void ftdi_modem_changed(struct ftdi_port *fp, u8 changed)
{
	struct async_icount *icount = &fp->port->icount;
	unsigned long flags;

	lockdep_assert_held(&fp->rx.lock);
	spin_lock_irqsave(&fp->port->lock, flags);
	icount->cts += !!(changed & FTDI_MODEM_CTS);
	icount->dsr += !!(changed & FTDI_MODEM_DSR);
	icount->rng += !!(changed & FTDI_MODEM_RI);
	icount->dcd += !!(changed & FTDI_MODEM_DCD);
	spin_unlock_irqrestore(&fp->port->lock, flags);
	if (changed & FTDI_MODEM_DCD && fp->rx.tty_open)
		carrier_changed(fp);
	wake_up_interruptible(&fp->port->port.delta_msr_wait);
}

/**
 * ftdi_modem_sync - take the lines as they are, without counting changes
 * @fp: the port
 *
 * Context: process, may sleep.
 */
void ftdi_modem_sync(struct ftdi_port *fp)
{
	u8 modem, line;

	if (ftdi_get_status(fp, &modem, &line))
		return;
	spin_lock_irq(&fp->rx.lock);
	fp->rx.line.modem = modem;
	fp->rx.line.status = line;
	spin_unlock_irq(&fp->rx.lock);
}

/* ---- asking now and then ---- */

static void ask(struct ftdi_port *fp)
{
	u8 modem, line, changed;

	if (ftdi_get_status(fp, &modem, &line))
		return;
	spin_lock_irq(&fp->rx.lock);
	changed = (fp->rx.line.modem ^ modem) & FTDI_MODEM_ALL;
	fp->rx.line.modem = modem;
	if (changed)
		ftdi_modem_changed(fp, changed);
	spin_unlock_irq(&fp->rx.lock);
}

/* Jiffies until the next question, or 0 when nobody wants an answer. */
static unsigned long poll_period(struct ftdi_port *fp)
{
	struct tty_struct *tty;
	unsigned long period = 0;

	if (atomic_read(&fp->modem_waiters))
		return POLL_FOR_WAITER;
	tty = tty_port_tty_get(&fp->port->port);
	if (tty && !C_CLOCAL(tty))
		period = POLL_FOR_CARRIER;
	tty_kref_put(tty);
	return period;
}

static void modem_poll(struct work_struct *work)
{
	struct ftdi_port *fp = container_of(work, struct ftdi_port, modem_poll.work);
	unsigned long packets = READ_ONCE(fp->rx.packets);
	unsigned long period = poll_period(fp);

	if (!period || !READ_ONCE(fp->rx.running))
		return;
	/* Packets bring the news by themselves. */
	if (packets == fp->modem_packets)
		ask(fp);
	fp->modem_packets = packets;
	queue_delayed_work(ftdi_wq, &fp->modem_poll, period);
}

/**
 * ftdi_modem_watch - someone may now want to know of the lines
 * @fp: the port, in use
 *
 * Context: any.
 */
void ftdi_modem_watch(struct ftdi_port *fp)
{
	if (!READ_ONCE(fp->gone))
		mod_delayed_work(ftdi_wq, &fp->modem_poll, 1);
}

/**
 * ftdi_modem_init - prepare a new port's modem lines
 * @fp: the port
 *
 * Context: process.
 */
void ftdi_modem_init(struct ftdi_port *fp)
{
	INIT_DELAYED_WORK(&fp->modem_poll, modem_poll);
	atomic_set(&fp->modem_waiters, 0);
}

/**
 * ftdi_modem_stop - ask no more
 * @fp: the port, whose receiving side is stopped
 *
 * Context: process, may sleep.
 */
void ftdi_modem_stop(struct ftdi_port *fp)
{
	cancel_delayed_work_sync(&fp->modem_poll);
}

/* ---- tty operations ---- */

/**
 * ftdi_tiocmget - TIOCMGET
 * @tty: the tty
 *
 * Context: process, may sleep.
 * Return: TIOCM_ bits, the inputs as the chip sees them now; or an error.
 */
int ftdi_tiocmget(struct tty_struct *tty)
{
	struct usb_serial_port *port = tty->driver_data;
	struct ftdi_port *fp = ftdi_port_of(port);
	u8 modem, line, lines;
	int err;

	mutex_lock(&fp->mutex);
	err = ftdi_get_status(fp, &modem, &line);
	lines = fp->set.lines;
	mutex_unlock(&fp->mutex);
	if (err)
		return err;
	return (lines & FTDI_DTR ? TIOCM_DTR : 0) | (lines & FTDI_RTS ? TIOCM_RTS : 0) |
	       (modem & FTDI_MODEM_CTS ? TIOCM_CTS : 0) |
	       (modem & FTDI_MODEM_DSR ? TIOCM_DSR : 0) |
	       (modem & FTDI_MODEM_RI ? TIOCM_RI : 0) | (modem & FTDI_MODEM_DCD ? TIOCM_CD : 0);
}

static u8 lines_of(unsigned int tiocm)
{
	return (tiocm & TIOCM_DTR ? FTDI_DTR : 0) | (tiocm & TIOCM_RTS ? FTDI_RTS : 0);
}

/**
 * ftdi_tiocmset - TIOCMSET, TIOCMBIS, TIOCMBIC
 * @tty: the tty
 * @set: TIOCM_ bits to set; all but DTR and RTS are ignored
 * @clear: TIOCM_ bits to clear
 *
 * Context: process, may sleep.
 * Return: 0 or an error.
 */
int ftdi_tiocmset(struct tty_struct *tty, unsigned int set, unsigned int clear)
{
	struct usb_serial_port *port = tty->driver_data;
	struct ftdi_port *fp = ftdi_port_of(port);
	int err;

	mutex_lock(&fp->mutex);
	err = ftdi_set_lines(fp, lines_of(set | clear), lines_of(set));
	mutex_unlock(&fp->mutex);
	return err;
}

/**
 * ftdi_tiocmiwait - TIOCMIWAIT
 * @tty: the tty
 * @arg: TIOCM_ bits of the inputs to wait for
 *
 * Context: process, sleeps until one changes.
 * Return: 0, -ERESTARTSYS on a signal, -EIO after a hangup or unplugging.
 */
int ftdi_tiocmiwait(struct tty_struct *tty, unsigned long arg)
{
	struct usb_serial_port *port = tty->driver_data;
	struct ftdi_port *fp = ftdi_port_of(port);
	int err;

	atomic_inc(&fp->modem_waiters);
	ftdi_modem_watch(fp);
	err = usb_serial_generic_tiocmiwait(tty, arg);
	atomic_dec(&fp->modem_waiters);
	return err;
}

/**
 * ftdi_dtr_rts - raise the lines at open, lower them at close
 * @port: the port
 * @on: raise
 *
 * Lowering takes the handshake away too, which would keep RTS up. A console
 * keeps its lines.
 *
 * Context: process, may sleep.
 */
void ftdi_dtr_rts(struct usb_serial_port *port, int on)
{
	struct ftdi_port *fp = ftdi_port_of(port);
	int err = 0;

	mutex_lock(&fp->mutex);
	if (fp->gone || !fp->raise_lines || (!on && fp->users & FTDI_USER_CONSOLE))
		goto unlock;
	if (!on)
		err = ftdi_set_flow(fp, FTDI_FLOW_NONE, 0);
	if (!err)
		err = ftdi_set_lines(fp, FTDI_DTR | FTDI_RTS, on ? FTDI_DTR | FTDI_RTS : 0);
	if (err && err != -ENODEV)
		dev_err(&port->dev, "the chip did not %s DTR and RTS (error %d)\n",
			on ? "raise" : "lower", err);
unlock:
	mutex_unlock(&fp->mutex);
}
