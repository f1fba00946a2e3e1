/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one packet from a chip says: pure code, also compiled in user space for
 * the unit tests and the fuzzer.
 */
#ifndef FTDI_PACKET_H
#define FTDI_PACKET_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint8_t u8;
#endif

#define FTDI_STATUS_LEN 2	/* every packet starts with this many bytes of status */

/* First byte: the lines from the modem. */
#define FTDI_MODEM_CTS 0x10
#define FTDI_MODEM_DSR 0x20
#define FTDI_MODEM_RI 0x40
#define FTDI_MODEM_DCD 0x80
#define FTDI_MODEM_ALL 0xf0

/* Second byte: the UART's line status. */
#define FTDI_LINE_OVERRUN 0x02
#define FTDI_LINE_PARITY 0x04
#define FTDI_LINE_FRAME 0x08
#define FTDI_LINE_BREAK 0x10
#define FTDI_LINE_THRE 0x20	/* the UART takes another character */
#define FTDI_LINE_TEMT 0x40	/* and has sent the last one */

#define FTDI_NO_CHAR (-1)	/* no error character is set */

/**
 * struct ftdi_line - what a line remembers from packet to packet
 * @modem: first status byte of the last packet
 * @status: its second one
 * @break_shown: a break was reported whose NUL may still come
 * @no_status_stream: the device sends status only when there is news, so each
 *	packet with the break bit is a break of its own (QEMU)
 * @error_char: what the chip puts in the place of a bad character, or
 *	FTDI_NO_CHAR
 */
struct ftdi_line {
	u8 modem;
	u8 status;
	bool break_shown;
	bool no_status_stream;
	int error_char;
};

enum ftdi_mark {
	FTDI_MARK_NONE,
	FTDI_MARK_PARITY,
	FTDI_MARK_FRAME,
};

/**
 * struct ftdi_packet - one packet, read
 * @changed: FTDI_MODEM_ bits that differ from the packet before
 * @overrun: characters were lost in the chip
 * @mark: what is wrong with the characters
 * @only: when not FTDI_NO_CHAR, @mark is about the bytes of this value alone
 * @brk: a break follows the characters
 * @data: the characters
 * @len: how many
 */
struct ftdi_packet {
	u8 changed;
	bool overrun;
	enum ftdi_mark mark;
	int only;
	bool brk;
	const u8 *data;
	unsigned int len;
};

bool ftdi_packet_read(struct ftdi_line *line, const u8 *bytes, unsigned int len,
		      struct ftdi_packet *packet);

#endif
