// SPDX-License-Identifier: GPL-2.0
/*
 * A line: the two buffers, the transmitter with its pace and its handshakes, and
 * the wires between lines (TxD-RxD, RTS-CTS, DTR-DSR and DCD). What the host is
 * told of it is in bulk.c.
 */
#include <string.h>

#include "model.h"

#define ALMOST_FULL 32	/* room left when RTS goes down, DTR in that handshake */

/**
 * uart_reset() - the chip's reset request: no handshake, lines low, empty
 * @ch: the line
 */
void uart_reset(struct channel *ch)
{
	ch->flow = 0;
	ch->event_char = 0x0d;
	ch->dtr = ch->rts = false;
	uart_purge_to_host(ch);
	uart_purge_from_host(ch);
	uart_rewire();
}

/**
 * uart_purge_to_host() - forget what the host has not fetched
 * @ch: the line
 */
void uart_purge_to_host(struct channel *ch)
{
	ch->to_host_len = 0;
	ch->latched = 0;
	uart_rewire();
}

/**
 * uart_purge_from_host() - forget what has not been sent
 * @ch: the line
 */
void uart_purge_from_host(struct channel *ch)
{
	ch->from_host_len = 0;
}

/**
 * uart_to_host_size() - bytes of the buffer towards the host
 * @ch: the line
 *
 * Return: bytes.
 */
int uart_to_host_size(const struct channel *ch)
{
	(void)ch;
	return model.chip->to_host;
}

static bool almost_full(const struct channel *ch)
{
	return ch->to_host_len > uart_to_host_size(ch) - ALMOST_FULL;
}

/**
 * uart_modem() - the modem inputs
 * @ch: the line
 *
 * Return: MODEM_ bits.
 */
uint8_t uart_modem(const struct channel *ch)
{
	return ch->modem | ch->wired;
}

/**
 * uart_line() - the line status of this moment
 * @ch: the line
 *
 * Return: LINE_ bits.
 */
uint8_t uart_line(const struct channel *ch)
{
	return (ch->from_host_len ? 0 : LINE_EMPTY) | (ch->break_in ? LINE_BREAK : 0);
}

/* The inputs at the other end of a line's wires. */
static void drive(struct channel *ch)
{
	bool rts = ch->flow & 1 ? !almost_full(ch) : ch->rts;
	bool dtr = ch->flow & 2 ? !almost_full(ch) : ch->dtr;
	bool brk = ch->data & 0x4000;
	struct channel *peer;

	if (ch->peer < 0)
		return;
	peer = &model.channels[ch->peer];
	peer->wired = (rts ? MODEM_CTS : 0) | (dtr ? MODEM_DSR | MODEM_DCD : 0);
	if (brk && !peer->break_in)
		uart_receive(peer, 0, LINE_BREAK);
	peer->break_in = brk;
}

/**
 * uart_rewire() - let each output reach the input at the other end
 */
void uart_rewire(void)
{
	for (int i = 0; i < CHANNELS; i++)
		drive(&model.channels[i]);
	for (int i = 0; i < CHANNELS; i++)
		if (uart_modem(&model.channels[i]) != model.channels[i].seen)
			model.channels[i].flush = true;
}

/**
 * uart_receive() - a character arrives
 * @ch: the line
 * @byte: it
 * @line: LINE_ bits of what is wrong with it
 */
void uart_receive(struct channel *ch, uint8_t byte, uint8_t line)
{
	if (ch->to_host_len >= uart_to_host_size(ch)) {
		ch->latched |= LINE_OVERRUN;
		ch->lost++;
		return;
	}
	ch->to_host[ch->to_host_len++] = byte | line << 8;
	ch->received_count++;
	if (ch->event_char & 0x100 && byte == (ch->event_char & 0xff))
		ch->flush = true;
}

/* ---- the transmitter ---- */

static int64_t char_ns(const struct channel *ch)
{
	int bits = 1 + ((ch->data & 0xff) == 7 ? 7 : 8) + (ch->data >> 8 & 7 ? 1 : 0) +
		   (ch->data >> 11 & 7 ? 2 : 1);

	return bits * 1e9 / ch->rate;
}

static bool may_send(const struct channel *ch)
{
	const struct channel *peer = ch->peer < 0 ? NULL : &model.channels[ch->peer];

	if (!ch->from_host_len || ch->data & 0x4000)
		return false;
	if (ch->flow & 1 && !(uart_modem(ch) & MODEM_CTS))
		return false;
	if (ch->flow & 2 && !(uart_modem(ch) & MODEM_DSR))
		return false;
	/* Without a pace nothing would ever be in time: the wire waits. */
	return model.pace || !peer || peer->to_host_len < uart_to_host_size(peer);
}

/* A bad character is replaced where the host asked for that. */
static void arrive(struct channel *ch, uint8_t byte, uint8_t line)
{
	uart_receive(ch, line && ch->error_char & 0x100 ? ch->error_char : byte, line);
}

/* One that listens at another rate or format hears rubbish. */
static void put_on_wire(struct channel *ch, uint8_t byte)
{
	struct channel *peer;

	ch->sent_count++;
	if (ch->peer < 0) {
		if (ch->sent_len < WIRE_LOG)
			ch->sent[ch->sent_len++] = byte;
		return;
	}
	peer = &model.channels[ch->peer];
	if (peer->rate > ch->rate * 1.04 || peer->rate < ch->rate * 0.96)
		arrive(peer, byte ^ 0x80, LINE_FRAME);
	else if ((peer->data ^ ch->data) & 0x700)
		arrive(peer, byte, LINE_PARITY);
	else
		arrive(peer, byte, 0);
}

/**
 * uart_run() - send what is due
 * @ch: the line
 * @now: ns
 */
void uart_run(struct channel *ch, int64_t now)
{
	int done = 0;

	if (ch->next_char < now && !ch->from_host_len)
		ch->next_char = now;
	while (done < ch->from_host_len && (!model.pace || ch->next_char <= now)) {
		uint8_t byte = ch->from_host[done];

		if (!may_send(ch)) {
			ch->next_char = now;
			break;
		}
		done++;
		if (model.pace)
			ch->next_char += char_ns(ch);
		put_on_wire(ch, byte);
		drive(ch->peer < 0 ? ch : &model.channels[ch->peer]);
	}
	if (!done)
		return;
	ch->from_host_len -= done;
	memmove(ch->from_host, ch->from_host + done, ch->from_host_len);
	uart_rewire();
}

/**
 * uart_next() - when the transmitter has something to do
 * @ch: the line
 *
 * Return: ns, or INT64_MAX.
 */
int64_t uart_next(const struct channel *ch)
{
	return model.pace && may_send(ch) ? ch->next_char : INT64_MAX;
}
