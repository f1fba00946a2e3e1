// SPDX-License-Identifier: GPL-2.0
/*
 * How the chip is set up. Each setting is remembered when the chip took it, is
 * not sent again when it is the same, and is told again after the chip forgot
 * all (ftdi_replay). What termios or sysfs make of the values is not here.
 *
 * All functions: context is process, may sleep, fp->mutex held; they return 0
 * or the error of ftdi_request(), and remember nothing then.
 */
#include "ftdi_sio.h"
#include "request.h"

static int send_baud(struct ftdi_port *fp, u32 divisor)
{
	u16 high = divisor >> 16;

	if (fp->chip->channels)
		high = high << 8 | fp->channel;
	return ftdi_request(fp, FTDI_REQ_SET_BAUD, divisor, high);
}

/**
 * ftdi_set_baud - set the rate
 * @fp: the port
 * @baud: a divisor of this chip
 *
 * Return: 0 or an error; see above.
 */
int ftdi_set_baud(struct ftdi_port *fp, struct ftdi_baud baud)
{
	struct ftdi_settings *set = &fp->set;
	int err;

	lockdep_assert_held(&fp->mutex);
	if (set->known && set->baud.rate == baud.rate && set->baud.divisor == baud.divisor)
		return 0;
	err = send_baud(fp, baud.divisor);
	if (!err)
		set->baud = baud;
	return err;
}

static int send_format(struct ftdi_port *fp, u16 format, bool brk)
{
	return ftdi_request(fp, FTDI_REQ_SET_DATA, format | (brk ? FTDI_DATA_BREAK : 0),
			    fp->channel);
}

/**
 * ftdi_set_format - set data bits, parity and stop bits; a break goes on
 * @fp: the port
 * @format: wValue of SET_DATA without the break bit
 *
 * Return: 0 or an error; see above.
 */
int ftdi_set_format(struct ftdi_port *fp, u16 format)
{
	struct ftdi_settings *set = &fp->set;
	int err;

	lockdep_assert_held(&fp->mutex);
	if (set->known && set->format == format)
		return 0;
	err = send_format(fp, format, set->brk);
	if (!err)
		set->format = format;
	return err;
}

/**
 * ftdi_set_break - start or end a break
 * @fp: the port
 * @on: start
 *
 * Return: 0 or an error; see above.
 */
int ftdi_set_break(struct ftdi_port *fp, bool on)
{
	struct ftdi_settings *set = &fp->set;
	int err;

	lockdep_assert_held(&fp->mutex);
	err = send_format(fp, set->format, on);
	if (!err)
		set->brk = on;
	return err;
}

static int send_lines(struct ftdi_port *fp, u8 mask, u8 lines)
{
	return ftdi_request(fp, FTDI_REQ_MODEM_CTRL, FTDI_CTRL_MASK(mask) | (lines & mask),
			    fp->channel);
}

/**
 * ftdi_set_lines - set DTR and RTS
 * @fp: the port
 * @mask: which of FTDI_DTR and FTDI_RTS
 * @lines: their new state
 *
 * Sent even when nothing changes: an RTS that the chip's handshake drives may
 * differ from what was asked for.
 *
 * Return: 0 or an error; see above.
 */
int ftdi_set_lines(struct ftdi_port *fp, u8 mask, u8 lines)
{
	int err;

	lockdep_assert_held(&fp->mutex);
	if (!mask)
		return 0;
	err = send_lines(fp, mask, lines);
	if (!err)
		fp->set.lines = (fp->set.lines & ~mask) | (lines & mask);
	return err;
}

static int send_flow(struct ftdi_port *fp, u16 flow, u16 xon_xoff)
{
	return ftdi_request(fp, FTDI_REQ_SET_FLOW, xon_xoff, flow | fp->channel);
}

/**
 * ftdi_set_flow - choose the handshake that the chip does by itself
 * @fp: the port
 * @flow: FTDI_FLOW_
 * @xon_xoff: XOFF << 8 | XON, for FTDI_FLOW_XON_XOFF; else 0
 *
 * Return: 0 or an error; see above.
 */
int ftdi_set_flow(struct ftdi_port *fp, u16 flow, u16 xon_xoff)
{
	struct ftdi_settings *set = &fp->set;
	u16 before = set->flow;
	int err;

	lockdep_assert_held(&fp->mutex);
	if (set->known && set->flow == flow && set->xon_xoff == xon_xoff)
		return 0;
	err = send_flow(fp, flow, xon_xoff);
	if (err)
		return err;
	set->flow = flow;
	set->xon_xoff = xon_xoff;
	/* A line that the handshake drove is ours again. */
	if (set->known && before & (FTDI_FLOW_RTS_CTS | FTDI_FLOW_DTR_DSR))
		return send_lines(fp, FTDI_DTR | FTDI_RTS, set->lines);
	return 0;
}

static int send_latency(struct ftdi_port *fp, u8 latency, bool low_latency)
{
	return ftdi_request(fp, FTDI_REQ_SET_LATENCY, low_latency ? 1 : latency, fp->channel);
}

/**
 * ftdi_set_latency - set how long the chip keeps a few bytes for itself
 * @fp: a port whose chip has the timer
 * @latency: milliseconds
 * @low_latency: take 1 ms instead while this holds
 *
 * Return: 0 or an error; see above.
 */
int ftdi_set_latency(struct ftdi_port *fp, u8 latency, bool low_latency)
{
	int err;

	lockdep_assert_held(&fp->mutex);
	err = send_latency(fp, latency, low_latency);
	if (!err) {
		fp->set.latency = latency;
		fp->set.low_latency = low_latency;
	}
	return err;
}

/**
 * ftdi_set_event_char - make the chip send at once when a character comes
 * @fp: a port whose chip has it
 * @event_char: the character, with FTDI_CHAR_ON to switch it on
 *
 * Return: 0 or an error; see above.
 */
int ftdi_set_event_char(struct ftdi_port *fp, u16 event_char)
{
	int err;

	lockdep_assert_held(&fp->mutex);
	err = ftdi_request(fp, FTDI_REQ_SET_EVENT_CHAR, event_char, fp->channel);
	if (!err)
		fp->set.event_char = event_char;
	return err;
}

/**
 * ftdi_set_error_char - make the chip put a character where a bad one came
 * @fp: the port
 * @error_char: the character, with FTDI_CHAR_ON to switch it on
 *
 * Return: 0 or an error; see above.
 */
int ftdi_set_error_char(struct ftdi_port *fp, u16 error_char)
{
	int err;

	lockdep_assert_held(&fp->mutex);
	err = ftdi_request(fp, FTDI_REQ_SET_ERROR_CHAR, error_char, fp->channel);
	if (err)
		return err;
	fp->set.error_char = error_char;
	spin_lock_irq(&fp->rx.lock);
	fp->rx.line.error_char = error_char & FTDI_CHAR_ON ? error_char & 0xff : FTDI_NO_CHAR;
	spin_unlock_irq(&fp->rx.lock);
	return 0;
}

/**
 * ftdi_set_bit_mode - drive CBUS pins, or stop it
 * @fp: the port
 * @bit_mode: wValue of SET_BITMODE
 *
 * Return: 0 or an error; see above.
 */
int ftdi_set_bit_mode(struct ftdi_port *fp, u16 bit_mode)
{
	int err;

	lockdep_assert_held(&fp->mutex);
	err = ftdi_request(fp, FTDI_REQ_SET_BIT_MODE, bit_mode, fp->channel);
	if (!err)
		fp->set.bit_mode = bit_mode;
	return err;
}

/**
 * ftdi_purge - make the chip throw away what it holds
 * @fp: the port
 * @in: what is on its way to the host
 * @out: what came from the host
 *
 * Return: 0 or an error; see above.
 */
int ftdi_purge(struct ftdi_port *fp, bool in, bool out)
{
	int err = 0;

	if (in)
		err = ftdi_request(fp, FTDI_REQ_RESET,
				   fp->qemu ? FTDI_RESET_FROM_HOST : FTDI_RESET_TO_HOST,
				   fp->channel);
	/* QEMU holds nothing of what came from the host. */
	if (out && !fp->qemu && !err)
		err = ftdi_request(fp, FTDI_REQ_RESET, FTDI_RESET_FROM_HOST, fp->channel);
	return err;
}

/**
 * ftdi_reset - bring the UART to its start: empty, no handshake, lines low
 * @fp: the port
 *
 * Rate, format and latency stay; an event character is set again.
 *
 * Return: 0 or an error; see above.
 */
int ftdi_reset(struct ftdi_port *fp)
{
	struct ftdi_settings *set = &fp->set;
	int err;

	lockdep_assert_held(&fp->mutex);
	err = ftdi_request(fp, FTDI_REQ_RESET, FTDI_RESET_SIO, fp->channel);
	if (err)
		return err;
	set->flow = FTDI_FLOW_NONE;
	set->xon_xoff = 0;
	set->lines = 0;
	if (set->event_char & FTDI_CHAR_ON)
		return ftdi_set_event_char(fp, set->event_char);
	return 0;
}

/**
 * ftdi_replay - tell a chip that forgot everything all that was set
 * @fp: the port
 *
 * After a reset of the bus or a sleep without power. What fails is logged: the
 * port is as usable as the chip lets it be.
 *
 * Context: process, may sleep, fp->mutex held.
 */
void ftdi_replay(struct ftdi_port *fp)
{
	const struct ftdi_settings *set = &fp->set;
	int err = 0;

	lockdep_assert_held(&fp->mutex);
	if (set->bit_mode)
		err |= ftdi_request(fp, FTDI_REQ_SET_BIT_MODE, set->bit_mode, fp->channel);
	if (fp->chip->has_latency)
		err |= send_latency(fp, set->latency, set->low_latency);
	if (fp->chip->has_event_char && set->event_char)
		err |= ftdi_request(fp, FTDI_REQ_SET_EVENT_CHAR, set->event_char, fp->channel);
	if (set->error_char)
		err |= ftdi_request(fp, FTDI_REQ_SET_ERROR_CHAR, set->error_char, fp->channel);
	if (set->known) {
		err |= send_baud(fp, set->baud.divisor);
		err |= send_format(fp, set->format, set->brk);
		err |= send_flow(fp, set->flow, set->xon_xoff);
		err |= send_lines(fp, FTDI_DTR | FTDI_RTS, set->lines);
	}
	if (err)
		dev_err(&fp->port->dev,
			"the chip did not take all its settings again; close and open the line to set them anew\n");
}
