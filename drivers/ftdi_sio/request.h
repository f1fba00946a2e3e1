/* SPDX-License-Identifier: GPL-2.0 */
/* The chip's vendor requests by number, and the codes that go with them. */
#ifndef FTDI_REQUEST_H
#define FTDI_REQUEST_H

#define FTDI_REQ_RESET 0x00
#define FTDI_REQ_MODEM_CTRL 0x01
#define FTDI_REQ_SET_FLOW 0x02
#define FTDI_REQ_SET_BAUD 0x03
#define FTDI_REQ_SET_DATA 0x04
#define FTDI_REQ_GET_MODEM_STATUS 0x05
#define FTDI_REQ_SET_EVENT_CHAR 0x06
#define FTDI_REQ_SET_ERROR_CHAR 0x07
#define FTDI_REQ_SET_LATENCY 0x09
#define FTDI_REQ_GET_LATENCY 0x0a
#define FTDI_REQ_SET_BIT_MODE 0x0b
#define FTDI_REQ_READ_PINS 0x0c
#define FTDI_REQ_READ_EEPROM 0x90

/*
 * RESET. The names that go round for 1 and 2 are the chip's view: 1 empties
 * what came from the host, 2 what is for it. QEMU took them the other way.
 */
#define FTDI_RESET_SIO 0
#define FTDI_RESET_FROM_HOST 1
#define FTDI_RESET_TO_HOST 2

/* MODEM_CTRL: a line is set when its mask bit, eight above, is there. */
#define FTDI_CTRL_MASK(lines) ((lines) << 8)

/* SET_DATA */
#define FTDI_DATA_BITS(bits) (bits)
#define FTDI_DATA_PARITY_NONE (0 << 8)
#define FTDI_DATA_PARITY_ODD (1 << 8)
#define FTDI_DATA_PARITY_EVEN (2 << 8)
#define FTDI_DATA_PARITY_MARK (3 << 8)
#define FTDI_DATA_PARITY_SPACE (4 << 8)
#define FTDI_DATA_STOP_1 (0 << 11)
#define FTDI_DATA_STOP_2 (2 << 11)
#define FTDI_DATA_BREAK (1 << 14)

/* SET_BIT_MODE: the mode above, a mask of pins below. */
#define FTDI_BIT_MODE_RESET 0x0000
#define FTDI_BIT_MODE_CBUS 0x2000

#endif
