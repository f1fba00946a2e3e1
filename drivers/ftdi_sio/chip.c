// SPDX-License-Identifier: GPL-2.0
/*
 * Which chip a device is, from its bcdDevice. The one case that needs a
 * question to the device (early FT232B chips carry the AM's number) is asked by
 * the caller.
 */
#include "chip.h"

#ifndef __KERNEL__
#include <stddef.h>
#endif

#define SIO_BELOW 0x200

/* The parts that the chips of a generation share. */
#define FT_BM \
	.divider = FTDI_DIVIDER_BM, .baud_base = 24000000, .has_latency = true, \
	.has_event_char = true, .status_length = 2
#define FT_H \
	.divider = FTDI_DIVIDER_H, .baud_base = 60000000, .has_latency = true, \
	.has_event_char = true, .status_length = 2, .channels = true

static const struct ftdi_chip sio = {
	.name = "SIO", .bcd = 0, .divider = FTDI_DIVIDER_SIO, .baud_base = 750000,
	.tx_fifo = 128, .framed_out = true, .status_length = 1,
};

static const struct ftdi_chip chips[] = {
	{ .name = "FT232A", .bcd = 0x200, .divider = FTDI_DIVIDER_AM, .baud_base = 24000000,
	  .tx_fifo = 128, .has_event_char = true, .status_length = 2 },
	{ FT_BM, .name = "FT232B", .bcd = 0x400, .tx_fifo = 128 },
	{ FT_BM, .name = "FT2232C/D", .bcd = 0x500, .tx_fifo = 128, .channels = true },
	{ FT_BM, .name = "FT232R", .bcd = 0x600, .tx_fifo = 256, .cbus = FTDI_CBUS_FT232R },
	{ FT_H, .name = "FT2232H", .bcd = 0x700, .tx_fifo = 4096 },
	{ FT_H, .name = "FT4232H", .bcd = 0x800, .tx_fifo = 2048 },
	{ FT_H, .name = "FT232H", .bcd = 0x900, .tx_fifo = 1024, .cbus = FTDI_CBUS_FT232H },
	{ FT_BM, .name = "FT-X", .bcd = 0x1000, .tx_fifo = 512, .channels = true,
	  .cbus = FTDI_CBUS_FTX },
	{ FT_H, .name = "FT2233HP", .bcd = 0x2800, .tx_fifo = 4096 },
	{ FT_H, .name = "FT4233HP", .bcd = 0x2900, .tx_fifo = 4096 },
	{ FT_H, .name = "FT2232HP", .bcd = 0x3000, .tx_fifo = 4096 },
	{ FT_H, .name = "FT4232HP", .bcd = 0x3100, .tx_fifo = 4096 },
	{ FT_H, .name = "FT233HP", .bcd = 0x3200, .tx_fifo = 4096 },
	{ FT_H, .name = "FT232HP", .bcd = 0x3300, .tx_fifo = 4096 },
	{ FT_H, .name = "FT4232HA", .bcd = 0x3600, .tx_fifo = 4096 },
};

#define CHIPS (sizeof(chips) / sizeof(chips[0]))

static const struct ftdi_chip *by_bcd(u16 bcd)
{
	unsigned int i;

	for (i = 0; i < CHIPS; i++)
		if (chips[i].bcd == bcd)
			return &chips[i];
	return NULL;
}

/**
 * ftdi_chip_is_ambiguous - does the caller have to ask the device?
 * @bcd: bcdDevice
 * @has_serial_number: the device descriptor names a serial number
 *
 * Context: any; pure.
 * Return: true when an FT232A and an early FT232B without EEPROM look alike;
 * the latter answers GET_LATENCY.
 */
bool ftdi_chip_is_ambiguous(u16 bcd, bool has_serial_number)
{
	return bcd == 0x200 && !has_serial_number;
}

/**
 * ftdi_chip_find - the chip of a bcdDevice
 * @bcd: bcdDevice
 * @latency_answered: the device was ambiguous and answered GET_LATENCY
 *
 * Context: any; pure.
 * Return: the chip, or NULL for a number that no known chip has.
 */
const struct ftdi_chip *ftdi_chip_find(u16 bcd, bool latency_answered)
{
	if (bcd < SIO_BELOW)
		return &sio;
	return by_bcd(latency_answered ? 0x400 : bcd);
}

/**
 * ftdi_chip_like - how to treat a chip that is newer than this driver
 * @high_speed: the device runs at high speed
 *
 * Every high-speed chip so far divides and names its channels like the
 * FT232H, every full-speed one with channels like the FT2232C.
 *
 * Context: any; pure.
 * Return: the chip whose treatment fits.
 */
const struct ftdi_chip *ftdi_chip_like(bool high_speed)
{
	return by_bcd(high_speed ? 0x3300 : 0x500);
}
