// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting until everything written has left the chip, for tcdrain() and close.
 *
 * The transmitter's status says that the UART is idle, not that the chip's
 * buffer is empty: between two characters both bits can be up, and while a
 * handshake holds the line they are. So idle has to be seen twice, a character's
 * time apart, with nothing holding the line. A chip that never says idle is
 * believed once its buffer must have gone out by the rate.
 */
#include <linux/sched/signal.h>

#include "ftdi_sio.h"

#define CHAR_BITS 12		/* start, eight, parity, two stop */
#define MARGIN (HZ / 10)

struct drain {
	unsigned int idle_seen;
	unsigned long period;	/* jiffies between two looks */
};

/* The chip may not send although it has something to send. */
static bool is_line_held(struct ftdi_port *fp, u8 modem)
{
	const struct ftdi_settings *set = &fp->set;

	return (set->flow == FTDI_FLOW_RTS_CTS && !(modem & FTDI_MODEM_CTS)) ||
	       (set->flow == FTDI_FLOW_DTR_DSR && !(modem & FTDI_MODEM_DSR)) || set->brk;
}

/* How long a full buffer takes, with as much again for good measure. */
static unsigned long buffer_time(struct ftdi_port *fp)
{
	u32 rate = fp->set.baud.rate ?: 9600;

	return 2 * HZ * fp->chip->tx_fifo * CHAR_BITS / rate + MARGIN;
}

/* Remembers that the chip is empty, unless it took more meanwhile. */
static void set_empty(struct ftdi_port *fp, unsigned long taken)
{
	spin_lock_irq(&fp->tx.lock);
	if (fp->stats.tx_bytes == taken)
		fp->tx.dirty = false;
	spin_unlock_irq(&fp->tx.lock);
}

static bool is_chip_empty(struct ftdi_port *fp, struct drain *drain)
{
	const u8 idle = FTDI_LINE_THRE | FTDI_LINE_TEMT;
	u8 modem, line;

	if (!fp->tx.dirty)
		return true;
	if (fp->qemu || ftdi_get_status(fp, &modem, &line))
		return true;
	if (is_line_held(fp, modem)) {
		drain->idle_seen = 0;
		return false;
	}
	if ((line & idle) == idle)
		return ++drain->idle_seen >= 2;
	drain->idle_seen = 0;
	return fp->set.flow != FTDI_FLOW_XON_XOFF &&
	       time_after(jiffies, fp->tx.last_taken + buffer_time(fp));
}

static bool is_drained(struct tty_struct *tty, struct ftdi_port *fp, struct drain *drain)
{
	struct tty_port *tport = &fp->port->port;
	bool done;

	mutex_lock(&tport->mutex);
	done = tty_io_error(tty) || !tty_port_initialized(tport);
	if (!done && !ftdi_tx_queued(fp)) {
		unsigned long taken = READ_ONCE(fp->stats.tx_bytes);

		mutex_lock(&fp->mutex);
		done = is_chip_empty(fp, drain);
		mutex_unlock(&fp->mutex);
		if (done)
			set_empty(fp, taken);
	}
	mutex_unlock(&tport->mutex);
	return done;
}

/**
 * ftdi_wait_until_sent - wait until the last stop bit is on the wire
 * @tty: the tty
 * @timeout: jiffies, 0 for as long as it takes
 *
 * Context: process, may sleep; ends early by a signal, a hangup or unplugging.
 */
void ftdi_wait_until_sent(struct tty_struct *tty, long timeout)
{
	struct usb_serial_port *port = tty->driver_data;
	struct ftdi_port *fp = ftdi_port_of(port);
	unsigned long expires = jiffies + timeout;
	struct drain drain = {
		.period = max_t(unsigned long, CHAR_BITS * HZ / (fp->set.baud.rate ?: 9600), 1),
	};

	while (!is_drained(tty, fp, &drain)) {
		schedule_timeout_interruptible(drain.period);
		if (signal_pending(current))
			break;
		if (timeout && time_after(jiffies, expires))
			break;
	}
}

/**
 * ftdi_tx_empty - is there nothing on its way at this moment?
 * @fp: the port
 *
 * For TIOCSERGETLSR: asked of the chip, since the status that comes with
 * received data is as old as they are.
 *
 * Context: process, may sleep.
 * Return: true when nothing is queued and the transmitter is idle.
 */
bool ftdi_tx_empty(struct ftdi_port *fp)
{
	u8 modem, line;

	return !ftdi_tx_queued(fp) && !ftdi_get_status(fp, &modem, &line) &&
	       (line & FTDI_LINE_TEMT);
}
