// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the divisor whose rate is nearest to a wanted one among those that the
 * chip's data sheet allows (FTDI AN232B-05). Knows nothing of USB or ttys.
 *
 * A divisor is counted in eighths: an integer of 14 bits and a fraction. Below
 * two only 1 and, except on the AM, 1 1/2 exist, under codes of their own.
 */
#include "baud.h"

#define EIGHTHS_MAX (0x3fff * 8 + 7)	/* the largest integer and fraction */
#define H_CLOCK 0x20000			/* bit 17: the prescaler by 2.5 is off */
#define H_SLOWEST 1200			/* baud; below it the prescaler stays on */

static const u32 sio_rates[] = {
	300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200,
};

#define SIO_RATES (sizeof(sio_rates) / sizeof(sio_rates[0]))

/* The rate of a divisor of @eighths at eight times the clock, rounded. */
static u32 rate_of(u32 clock8, u32 eighths)
{
	return (clock8 + eighths / 2) / eighths;
}

static u32 distance(u32 a, u32 b)
{
	return a > b ? a - b : b - a;
}

static bool is_legal(enum ftdi_divider divider, u32 eighths)
{
	if (eighths > EIGHTHS_MAX)
		return false;
	if (eighths < 16)
		return eighths == 8 || (eighths == 12 && divider != FTDI_DIVIDER_AM);
	if (divider != FTDI_DIVIDER_AM)
		return true;
	return (eighths & 7) == 0 || (eighths & 7) == 1 || (eighths & 7) == 2 ||
	       (eighths & 7) == 4;
}

/*
 * The legal divisor nearest to @rate. The exact quotient lies between two
 * neighbours; from there the search goes outwards, at most three eighths in the
 * gaps of the AM and to the ends of the gap below two.
 */
static u32 nearest_eighths(enum ftdi_divider divider, u32 clock8, u32 rate)
{
	u32 below = clock8 / rate, above;

	if (below > EIGHTHS_MAX)
		below = EIGHTHS_MAX;
	if (below < 8)
		below = 8;
	above = below;
	while (!is_legal(divider, below))
		below--;
	do {
		above++;
	} while (above <= EIGHTHS_MAX && !is_legal(divider, above));
	if (above > EIGHTHS_MAX)
		return below;
	/* Nearer to the slower rate: below the middle of both, compared exactly. */
	return 2ull * rate * above * below < (unsigned long long)clock8 * (above + below) ?
	       above : below;
}

/* The fraction's eighths as bits 16, 15 and 14 of the divisor. */
static u32 encode(u32 eighths)
{
	static const u8 fraction[8] = { 0, 3, 2, 4, 1, 5, 6, 7 };
	u32 code = fraction[eighths & 7];

	if (eighths == 8)
		return 0;
	if (eighths == 12)
		return 1;
	return eighths >> 3 | (code & 3) << 14 | (code & 4) << 14;
}

/*
 * What is more than 3 % beyond the slowest or the fastest rate is refused: at
 * that distance no character gets through.
 */
static bool is_in_reach(u32 rate, u32 slowest, u32 fastest)
{
	return rate >= slowest - slowest * 3 / 100 && rate <= fastest + fastest / 100 * 3;
}

static bool find_sio(u32 rate, struct ftdi_baud *baud)
{
	u32 i, best = 0;

	if (!is_in_reach(rate, sio_rates[0], sio_rates[SIO_RATES - 1]))
		return false;
	for (i = 1; i < SIO_RATES; i++)
		if (distance(sio_rates[i], rate) < distance(sio_rates[best], rate))
			best = i;
	baud->divisor = best;
	baud->rate = sio_rates[best];
	return true;
}

/**
 * ftdi_baud_find - the legal divisor nearest to a rate
 * @divider: how the chip divides
 * @rate: baud
 * @baud: set to the divisor and the rate that it makes. They differ by at most
 *	@rate / 48 MHz (BM; 0.24 % at 115200 baud) or @rate / 192 MHz (H); more
 *	on the AM with its missing fractions, on the SIO, and above half of the
 *	fastest rate, where only two others exist
 *
 * Context: any; pure.
 * Return: false when @rate is out of the chip's reach (@baud is untouched).
 * Source: AN232B-05.
 */
bool ftdi_baud_find(enum ftdi_divider divider, u32 rate, struct ftdi_baud *baud)
{
	bool fast = divider == FTDI_DIVIDER_H && rate >= H_SLOWEST;
	u32 clock8 = fast ? 96000000 : 24000000;
	u32 eighths;

	if (divider == FTDI_DIVIDER_SIO)
		return find_sio(rate, baud);
	if (!is_in_reach(rate, rate_of(24000000, EIGHTHS_MAX), clock8 / 8))
		return false;
	eighths = nearest_eighths(divider, clock8, rate);
	baud->divisor = encode(eighths) | (fast ? H_CLOCK : 0);
	baud->rate = rate_of(clock8, eighths);
	return true;
}

/**
 * ftdi_baud_by_divisor - what a divisor, counted in whole base clocks, makes
 * @divider: how the chip divides
 * @divisor: of the base clock that TIOCGSERIAL reports (baud_base); 1 and more
 *
 * For setserial's spd_cust and for boards with one odd rate: the base clock is
 * eight times the UART's, so that a whole divisor is a number of eighths.
 *
 * Context: any; pure.
 * Return: the nearest legal divisor and its rate; a @divisor out of reach gives
 * the nearest end.
 */
struct ftdi_baud ftdi_baud_by_divisor(enum ftdi_divider divider, u32 divisor)
{
	u32 base = divider == FTDI_DIVIDER_SIO ? 750000 :
		   divider == FTDI_DIVIDER_H ? 60000000 : 24000000;
	u32 rate = (base + divisor / 2) / divisor;
	struct ftdi_baud baud = {};
	u32 slowest = divider == FTDI_DIVIDER_SIO ? sio_rates[0] : rate_of(24000000, EIGHTHS_MAX);
	u32 fastest = divider == FTDI_DIVIDER_SIO ? sio_rates[SIO_RATES - 1] :
		      divider == FTDI_DIVIDER_H ? 12000000 : 3000000;

	if (rate < slowest)
		rate = slowest;
	if (rate > fastest)
		rate = fastest;
	ftdi_baud_find(divider, rate, &baud);
	return baud;
}
