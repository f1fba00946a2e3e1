// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the CBUS settings in a chip's EEPROM. The image comes from the device:
 * any bytes are legal, those that are no setting mean "not a line".
 */
#include "cbus.h"

/* EEPROM addresses as an index into the part that was read. */
#define AT(address) ((address) - FTDI_EEPROM_CONFIG)

static u8 low(u8 byte)
{
	return byte & 0xf;
}

static u8 high(u8 byte)
{
	return byte >> 4;
}

/**
 * ftdi_cbus_lines - the CBUS pins set up as general purpose lines
 * @cbus: where this chip keeps its settings
 * @config: EEPROM bytes from FTDI_EEPROM_CONFIG on
 *
 * The pins are CBUS0 to CBUS3; on an FT232H the four that its bit mode reaches:
 * AC5, AC6, AC8 and AC9.
 *
 * Context: any; pure.
 * Return: bit n is set when line n may be used.
 */
u8 ftdi_cbus_lines(enum ftdi_cbus cbus, const u8 config[FTDI_EEPROM_CONFIG_LEN])
{
	u8 setting[FTDI_CBUS_LINES], io, lines = 0;
	unsigned int i;

	switch (cbus) {
	case FTDI_CBUS_FT232R:
		io = 0xa;
		setting[0] = low(config[AT(0x14)]);
		setting[1] = high(config[AT(0x14)]);
		setting[2] = low(config[AT(0x15)]);
		setting[3] = high(config[AT(0x15)]);
		break;
	case FTDI_CBUS_FT232H:
		io = 0x8;
		setting[0] = high(config[AT(0x1a)]);
		setting[1] = low(config[AT(0x1b)]);
		setting[2] = low(config[AT(0x1c)]);
		setting[3] = high(config[AT(0x1c)]);
		break;
	case FTDI_CBUS_FTX:
		io = 0x8;
		for (i = 0; i < FTDI_CBUS_LINES; i++)
			setting[i] = config[AT(0x1a) + i];
		break;
	default:
		return 0;
	}
	for (i = 0; i < FTDI_CBUS_LINES; i++)
		if (setting[i] == io)
			lines |= 1u << i;
	return lines;
}
