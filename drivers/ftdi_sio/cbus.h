/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which CBUS pins are general purpose lines: pure code, also compiled in user
 * space for the unit tests.
 */
#ifndef FTDI_CBUS_H
#define FTDI_CBUS_H

#include "chip.h"

#define FTDI_CBUS_LINES 4
#define FTDI_EEPROM_CONFIG 0x14		/* bytes from here ... */
#define FTDI_EEPROM_CONFIG_LEN 10	/* ... hold every chip's CBUS settings */

u8 ftdi_cbus_lines(enum ftdi_cbus cbus, const u8 config[FTDI_EEPROM_CONFIG_LEN]);

#endif
