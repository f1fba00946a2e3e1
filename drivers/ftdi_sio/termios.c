// SPDX-License-Identifier: GPL-2.0
/*
 * From termios to the chip's settings, and back to termios what the chip made
 * of them: the caller of tcgetattr() reads how the line really runs.
 */
#include "../compat/tty.h"
#include "ftdi_sio.h"
#include "request.h"

#define RATE_DEFAULT 9600
#define RATE_CUSTOM 38400	/* stands for the custom divisor with ASYNC_SPD_CUST */
#define FORMAT_BITS (CSIZE | CSTOPB | PARENB | PARODD | CMSPAR)

/* ---- format ---- */

static u16 data_bits(struct ftdi_port *fp, struct ktermios *termios, COMPAT_OLD_TERMIOS *old)
{
	if ((termios->c_cflag & CSIZE) == CS6) {
		dev_warn(&fp->port->dev, "six data bits are not possible\n");
		termios->c_cflag &= ~CSIZE;
		termios->c_cflag |= old && (old->c_cflag & CSIZE) != CS6 ? old->c_cflag & CSIZE : CS8;
	}
	switch (termios->c_cflag & CSIZE) {
	case CS5:
		/* No data sheet has it; these chips take it as no length at all. */
		return FTDI_DATA_BITS(0);
	case CS7:
		return FTDI_DATA_BITS(7);
	default:
		return FTDI_DATA_BITS(8);
	}
}

static u16 parity(unsigned int cflag)
{
	if (!(cflag & PARENB))
		return FTDI_DATA_PARITY_NONE;
	if (cflag & CMSPAR)
		return cflag & PARODD ? FTDI_DATA_PARITY_MARK : FTDI_DATA_PARITY_SPACE;
	return cflag & PARODD ? FTDI_DATA_PARITY_ODD : FTDI_DATA_PARITY_EVEN;
}

/* A format that the chip refuses leaves the old one, in termios too. */
static void apply_format(struct ftdi_port *fp, struct ktermios *termios, COMPAT_OLD_TERMIOS *old)
{
	u16 format = data_bits(fp, termios, old) | parity(termios->c_cflag) |
		     (termios->c_cflag & CSTOPB ? FTDI_DATA_STOP_2 : FTDI_DATA_STOP_1);
	int err = ftdi_set_format(fp, format);

	if (!err || err == -ENODEV)
		return;
	dev_warn_ratelimited(&fp->port->dev,
			     "the chip refused the character format 0x%03x (error %d); it stays as it was\n",
			     format, err);
	termios->c_cflag &= ~FORMAT_BITS;
	termios->c_cflag |= old ? old->c_cflag & FORMAT_BITS : CS8;
}

/* ---- rate ---- */

static bool is_b0(const struct ktermios *termios)
{
	return !(termios->c_cflag & CBAUD);
}

static u32 forced_divisor(struct ftdi_port *fp, u32 rate)
{
	if (ftdi_board_divisor(fp->board))
		return ftdi_board_divisor(fp->board);
	if (rate == RATE_CUSTOM && (fp->flags & ASYNC_SPD_MASK) == ASYNC_SPD_CUST)
		return fp->custom_divisor;
	return 0;
}

/*
 * The nearest rate that the chip has goes into termios, except where another
 * stands for it by agreement: a custom divisor, a board's own rates.
 */
static void apply_rate(struct ftdi_port *fp, struct ktermios *termios)
{
	u32 wanted = tty_termios_baud_rate(termios) ?: RATE_DEFAULT;
	u32 rate = ftdi_board_rate(fp->board, wanted);
	u32 divisor = forced_divisor(fp, wanted);
	struct ftdi_baud baud;
	int err;

	if (divisor) {
		baud = ftdi_baud_by_divisor(fp->chip->divider, divisor);
	} else if (!ftdi_baud_find(fp->chip->divider, rate, &baud)) {
		/* Out of reach: as it was, or as a line starts. */
		if (fp->set.known)
			baud = fp->set.baud;
		else
			ftdi_baud_find(fp->chip->divider, RATE_DEFAULT, &baud);
	}
	if (baud.rate != fp->set.baud.rate)
		ftdi_tx_rate_changed(fp);
	err = ftdi_set_baud(fp, baud);
	if (err && err != -ENODEV) {
		dev_warn_ratelimited(&fp->port->dev, "the chip refused %u baud (error %d)\n",
				     baud.rate, err);
		baud = fp->set.baud;
	}
	if (!divisor && rate == wanted && baud.rate)
		tty_termios_encode_baud_rate(termios, baud.rate, baud.rate);
}

/* ---- flow ---- */

static void apply_flow(struct ftdi_port *fp, struct ktermios *termios)
{
	u16 flow = FTDI_FLOW_NONE, xon_xoff = 0;
	int err;

	if (termios->c_cflag & CRTSCTS || ftdi_board_needs_rts_cts(fp->board)) {
		flow = FTDI_FLOW_RTS_CTS;
	} else if (fp->use_dtr_dsr) {
		flow = FTDI_FLOW_DTR_DSR;
	} else if (termios->c_iflag & IXON) {
		flow = FTDI_FLOW_XON_XOFF;
		xon_xoff = termios->c_cc[VSTOP] << 8 | termios->c_cc[VSTART];
	}
	err = ftdi_set_flow(fp, flow, xon_xoff);
	if (err && err != -ENODEV)
		dev_err_ratelimited(&fp->port->dev, "the chip refused the handshake (error %d)\n",
				    err);
}

/* B0: hang up. */
static void hang_up(struct ftdi_port *fp)
{
	if (ftdi_set_flow(fp, FTDI_FLOW_NONE, 0) ||
	    ftdi_set_lines(fp, FTDI_DTR | FTDI_RTS, 0))
		dev_err_ratelimited(&fp->port->dev, "the chip did not drop its lines for B0\n");
}

/**
 * ftdi_apply_termios - set the chip up as termios says
 * @fp: the port
 * @termios: what is wanted; corrected to what was possible
 * @old: termios before, or NULL at the start
 *
 * Context: process, may sleep, fp->mutex held.
 */
void ftdi_apply_termios(struct ftdi_port *fp, struct ktermios *termios, COMPAT_OLD_TERMIOS *old)
{
	lockdep_assert_held(&fp->mutex);
	apply_format(fp, termios, old);
	if (is_b0(termios)) {
		hang_up(fp);
	} else {
		apply_rate(fp, termios);
		apply_flow(fp, termios);
		if (old && is_b0(old) &&
		    ftdi_set_lines(fp, FTDI_DTR | FTDI_RTS, FTDI_DTR | FTDI_RTS))
			dev_err_ratelimited(&fp->port->dev,
					    "the chip did not raise its lines after B0\n");
	}
	fp->set.known = true;
}

/**
 * ftdi_set_termios - tcsetattr()
 * @tty: the tty; its termios is corrected to what was possible
 * @port: the port
 * @old: termios before, or NULL at open: then everything is told to the chip
 *
 * Context: process, may sleep.
 */
void ftdi_set_termios(struct tty_struct *tty, struct usb_serial_port *port,
		      COMPAT_OLD_TERMIOS *old)
{
	struct ftdi_port *fp = ftdi_port_of(port);

	mutex_lock(&fp->mutex);
	ftdi_apply_termios(fp, &tty->termios, old);
	mutex_unlock(&fp->mutex);
	/* Without CLOCAL the carrier matters now. */
	if (!C_CLOCAL(tty))
		ftdi_modem_watch(fp);
}
