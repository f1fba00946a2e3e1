/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rates and the divisors that make them: pure arithmetic, also compiled in
 * user space for the unit tests.
 */
#ifndef FTDI_BAUD_H
#define FTDI_BAUD_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
#endif

/* How a chip divides its clock. */
enum ftdi_divider {
	FTDI_DIVIDER_SIO,	/* ten rates by number */
	FTDI_DIVIDER_AM,	/* 3 MHz; fractions 0, 1/8, 1/4, 1/2 */
	FTDI_DIVIDER_BM,	/* 3 MHz; all eighths */
	FTDI_DIVIDER_H,		/* 12 MHz from 1200 baud up, below as BM */
};

/**
 * struct ftdi_baud - one rate of a chip
 * @divisor: as SET_BAUD wants it: bits 15:0 go into wValue, the rest into wIndex
 * @rate: what the line then runs at, in baud, rounded
 */
struct ftdi_baud {
	u32 divisor;
	u32 rate;
};

bool ftdi_baud_find(enum ftdi_divider divider, u32 rate, struct ftdi_baud *baud);
struct ftdi_baud ftdi_baud_by_divisor(enum ftdi_divider divider, u32 divisor);

#endif
