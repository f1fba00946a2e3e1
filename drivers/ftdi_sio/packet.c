// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a chip's packets: two bytes of status, then characters. Where the
 * characters go and who is told of a break is not decided here.
 */
#include "packet.h"

#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

/*
 * A break is a NUL at the end of a packet with the break bit, or the bit alone:
 * chips send it ahead of the NUL when no character was waiting, and QEMU never
 * sends a NUL. The bit stays up while the line is held, so without its NUL only
 * its rise counts; a NUL that comes after the rise was shown is the same break.
 */
static void read_break(struct ftdi_line *line, u8 before, struct ftdi_packet *packet)
{
	if (packet->len && !packet->data[packet->len - 1]) {
		packet->len--;
		packet->brk = !line->break_shown;
		line->break_shown = false;
	} else if (line->no_status_stream) {
		packet->brk = true;
	} else if (!(before & FTDI_LINE_BREAK)) {
		packet->brk = true;
		line->break_shown = true;
	}
}

/* A break is a framing error as well: with one, the other bits mean nothing. */
static void read_errors(const struct ftdi_line *line, struct ftdi_packet *packet)
{
	if (line->status & FTDI_LINE_PARITY)
		packet->mark = FTDI_MARK_PARITY;
	else if (line->status & FTDI_LINE_FRAME)
		packet->mark = FTDI_MARK_FRAME;
	else
		return;
	if (line->error_char != FTDI_NO_CHAR &&
	    memchr(packet->data, line->error_char, packet->len))
		packet->only = line->error_char;
}

/**
 * ftdi_packet_read - what one packet says
 * @line: the line's memory; updated
 * @bytes: the packet, as long as the endpoint's packets are or shorter
 * @len: its bytes
 * @packet: filled in; @packet->data points into @bytes
 *
 * Context: any; pure; calls for one line must not overlap.
 * Return: false for a packet that is too short to carry its status; nothing is
 * changed then.
 */
bool ftdi_packet_read(struct ftdi_line *line, const u8 *bytes, unsigned int len,
		      struct ftdi_packet *packet)
{
	u8 before = line->status;

	if (len < FTDI_STATUS_LEN)
		return false;
	*packet = (struct ftdi_packet){
		.changed = (bytes[0] ^ line->modem) & FTDI_MODEM_ALL,
		.only = FTDI_NO_CHAR,
		.data = bytes + FTDI_STATUS_LEN,
		.len = len - FTDI_STATUS_LEN,
	};
	line->modem = bytes[0];
	line->status = bytes[1];

	/* On packets without characters a bit that stays up is old news. */
	packet->overrun = (line->status & FTDI_LINE_OVERRUN) &&
			  (packet->len || !(before & FTDI_LINE_OVERRUN));
	if (line->status & FTDI_LINE_BREAK)
		read_break(line, before, packet);
	else
		line->break_shown = false;
	if (packet->len && !(line->status & FTDI_LINE_BREAK))
		read_errors(line, packet);
	return true;
}
