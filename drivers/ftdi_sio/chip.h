/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The chip types and their facts as data: pure code, also compiled in user
 * space for the unit tests.
 */
#ifndef FTDI_CHIP_H
#define FTDI_CHIP_H

#include "baud.h"

/* Where a chip's EEPROM says which CBUS pins are general purpose lines. */
enum ftdi_cbus {
	FTDI_CBUS_NONE,
	FTDI_CBUS_FT232H,
	FTDI_CBUS_FT232R,
	FTDI_CBUS_FTX,
};

/**
 * struct ftdi_chip - what a type of chip can do
 * @name: as in its data sheet
 * @bcd: bcdDevice of its device descriptor
 * @divider: how it divides its clock
 * @baud_base: what TIOCGSERIAL reports, in Hz
 * @tx_fifo: bytes that wait in the chip behind the USB
 * @channels: requests name the interface: wIndex holds 1 + its number
 * @has_latency: SET_LATENCY and GET_LATENCY
 * @has_event_char: SET_EVENT_CHAR
 * @framed_out: each packet out starts with a byte of its own
 * @status_length: bytes of the reply to GET_MODEM_STATUS
 * @cbus: where to look for general purpose lines
 */
struct ftdi_chip {
	const char *name;
	u16 bcd;
	enum ftdi_divider divider;
	u32 baud_base;
	u16 tx_fifo;
	bool channels;
	bool has_latency;
	bool has_event_char;
	bool framed_out;
	u8 status_length;
	enum ftdi_cbus cbus;
};

bool ftdi_chip_is_ambiguous(u16 bcd, bool has_serial_number);
const struct ftdi_chip *ftdi_chip_find(u16 bcd, bool latency_answered);
const struct ftdi_chip *ftdi_chip_like(bool high_speed);

#endif
