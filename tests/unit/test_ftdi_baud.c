// SPDX-License-Identifier: GPL-2.0
/*
 * Divisors of ftdi_sio: golden vectors for each way of dividing, and the whole
 * range against a search through every divisor that AN232B-05 allows.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/ftdi_sio/baud.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct golden {
	u32 wanted, divisor, rate;
};

static void check_golden(enum ftdi_divider divider, const struct golden *table, size_t count)
{
	struct ftdi_baud baud;
	size_t i;

	for (i = 0; i < count; i++) {
		assert_true(ftdi_baud_find(divider, table[i].wanted, &baud));
		assert_int_equal(baud.divisor, table[i].divisor);
		assert_int_equal(baud.rate, table[i].rate);
	}
}

static void the_bm_has_its_known_divisors(void **state)
{
	static const struct golden table[] = {
		{ 184, 0x13fb0, 184 },
		{ 300, 0x2710, 300 },
		{ 600, 0x1388, 600 },
		{ 1200, 0x9c4, 1200 },
		{ 2400, 0x4e2, 2400 },
		{ 4800, 0x271, 4800 },
		{ 9600, 0x4138, 9600 },
		{ 14400, 0x100d0, 14397 },
		{ 19200, 0x809c, 19200 },
		{ 28800, 0xc068, 28812 },
		{ 38400, 0xc04e, 38400 },
		{ 57600, 0xc034, 57554 },
		{ 76800, 0xc027, 76677 },
		{ 115200, 0x1a, 115385 },
		{ 230400, 0xd, 230769 },
		{ 250000, 0xc, 250000 },
		{ 460800, 0x4006, 461538 },
		{ 500000, 0x6, 500000 },
		{ 576000, 0x8005, 571429 },
		{ 921600, 0x8003, 923077 },
		{ 1000000, 0x3, 1000000 },
		{ 1152000, 0x14002, 1142857 },
		{ 1500000, 0x2, 1500000 },
		{ 1700000, 0x2, 1500000 },
		{ 1800000, 0x1, 2000000 },
		{ 2000000, 0x1, 2000000 },
		{ 2400000, 0x1, 2000000 },
		{ 2600000, 0x0, 3000000 },
		{ 3000000, 0x0, 3000000 },
	};

	(void)state;
	check_golden(FTDI_DIVIDER_BM, table, COUNT(table));
}

static void the_am_lacks_some_fractions_and_two_megabaud(void **state)
{
	static const struct golden table[] = {
		{ 300, 0x2710, 300 },
		{ 1200, 0x9c4, 1200 },
		{ 2400, 0x4e2, 2400 },
		{ 9600, 0x4138, 9600 },
		{ 19200, 0x809c, 19200 },
		{ 38400, 0xc04e, 38400 },
		{ 57600, 0xc034, 57554 },
		{ 115200, 0x1a, 115385 },
		{ 230400, 0xd, 230769 },
		{ 460800, 0x4006, 461538 },
		{ 921600, 0x8003, 923077 },
		{ 1000000, 0x3, 1000000 },
		{ 1152000, 0x4002, 1200000 },
		{ 1500000, 0x2, 1500000 },
		{ 2000000, 0x2, 1500000 },
		{ 3000000, 0x0, 3000000 },
	};

	(void)state;
	check_golden(FTDI_DIVIDER_AM, table, COUNT(table));
}

static void the_h_divides_a_faster_clock_from_1200_baud(void **state)
{
	static const struct golden table[] = {
		{ 184, 0x13fb0, 184 },
		{ 300, 0x2710, 300 },
		{ 600, 0x1388, 600 },
		{ 1199, 0xc9c6, 1199 },
		{ 1200, 0x22710, 1200 },
		{ 2400, 0x21388, 2400 },
		{ 9600, 0x204e2, 9600 },
		{ 19200, 0x20271, 19200 },
		{ 38400, 0x24138, 38400 },
		{ 57600, 0x300d0, 57588 },
		{ 115200, 0x2c068, 115246 },
		{ 230400, 0x2c034, 230216 },
		{ 460800, 0x2001a, 461538 },
		{ 921600, 0x2000d, 923077 },
		{ 1000000, 0x2000c, 1000000 },
		{ 2000000, 0x20006, 2000000 },
		{ 2500000, 0x38004, 2526316 },
		{ 3000000, 0x20004, 3000000 },
		{ 4000000, 0x20003, 4000000 },
		{ 6000000, 0x20002, 6000000 },
		{ 7000000, 0x20001, 8000000 },
		{ 8000000, 0x20001, 8000000 },
		{ 9000000, 0x20001, 8000000 },
		{ 11000000, 0x20000, 12000000 },
		{ 12000000, 0x20000, 12000000 },
	};

	(void)state;
	check_golden(FTDI_DIVIDER_H, table, COUNT(table));
}

static void the_sio_has_ten_rates_by_number(void **state)
{
	static const struct golden table[] = {
		{ 300, 0, 300 }, { 600, 1, 600 }, { 1200, 2, 1200 }, { 2400, 3, 2400 },
		{ 4800, 4, 4800 }, { 9600, 5, 9600 }, { 19200, 6, 19200 }, { 38400, 7, 38400 },
		{ 57600, 8, 57600 }, { 115200, 9, 115200 }, { 14400, 5, 9600 }, { 90000, 9, 115200 },
	};

	(void)state;
	check_golden(FTDI_DIVIDER_SIO, table, COUNT(table));
}

static void a_rate_out_of_reach_is_refused(void **state)
{
	static const struct {
		enum ftdi_divider divider;
		u32 rate;
	} table[] = {
		{ FTDI_DIVIDER_BM, 0 }, { FTDI_DIVIDER_BM, 50 }, { FTDI_DIVIDER_BM, 75 },
		{ FTDI_DIVIDER_BM, 110 }, { FTDI_DIVIDER_BM, 134 }, { FTDI_DIVIDER_BM, 150 },
		{ FTDI_DIVIDER_BM, 177 }, { FTDI_DIVIDER_BM, 3090001 }, { FTDI_DIVIDER_BM, 12000000 },
		{ FTDI_DIVIDER_BM, UINT32_MAX }, { FTDI_DIVIDER_AM, 150 }, { FTDI_DIVIDER_AM, 4000000 },
		{ FTDI_DIVIDER_H, 150 }, { FTDI_DIVIDER_H, 12360001 }, { FTDI_DIVIDER_H, UINT32_MAX },
		{ FTDI_DIVIDER_SIO, 0 }, { FTDI_DIVIDER_SIO, 200 }, { FTDI_DIVIDER_SIO, 230400 },
	};
	struct ftdi_baud baud = { .divisor = 7, .rate = 7 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		assert_false(ftdi_baud_find(table[i].divider, table[i].rate, &baud));
		assert_int_equal(baud.divisor, 7);
		assert_int_equal(baud.rate, 7);
	}
}

/* The chip's view of a divisor: eight times the clock over this, or 0 if the
 * data sheet does not allow it. */
static u32 eighths_of(u32 divisor)
{
	static const u8 fraction[] = { 0, 4, 2, 1, 3, 5, 6, 7 };
	u32 integer = divisor & 0x3fff, code = divisor >> 14 & 7;

	if (integer < 2)
		return code ? 0 : integer ? 12 : 8;
	return integer * 8 + fraction[code];
}

static void check_nearest(enum ftdi_divider divider, u32 rate)
{
	double clock8 = divider == FTDI_DIVIDER_H && rate >= 1200 ? 96e6 : 24e6;
	double best = 1e9, ours;
	struct ftdi_baud baud;
	u32 divisor, eighths;

	assert_true(ftdi_baud_find(divider, rate, &baud));
	assert_int_equal(baud.divisor >> 17, clock8 > 24e6);
	ours = clock8 / eighths_of(baud.divisor & 0x1ffff);
	assert_true(baud.rate >= ours - 0.5 && baud.rate <= ours + 0.5);
	for (divisor = 0; divisor < 0x20000; divisor++) {
		double away;

		eighths = eighths_of(divisor);
		if (!eighths)
			continue;
		if (divider == FTDI_DIVIDER_AM && (divisor >> 16 || divisor == 1))
			continue;
		away = clock8 / eighths - rate;
		if (away < 0)
			away = -away;
		if (away < best)
			best = away;
	}
	assert_true((ours > rate ? ours - rate : rate - ours) <= best + 1e-6);
}

static void every_rate_gets_the_nearest_legal_divisor(void **state)
{
	u32 rate;

	(void)state;
	for (rate = 184; rate <= 3000000; rate += rate / 40 + 1) {
		check_nearest(FTDI_DIVIDER_BM, rate);
		check_nearest(FTDI_DIVIDER_AM, rate);
	}
	for (rate = 184; rate <= 12000000; rate += rate / 40 + 1)
		check_nearest(FTDI_DIVIDER_H, rate);
}

static void no_divisor_of_the_am_uses_a_fraction_that_it_lacks(void **state)
{
	struct ftdi_baud baud;
	u32 rate;

	(void)state;
	for (rate = 184; rate <= 3000000; rate += rate / 400 + 1) {
		assert_true(ftdi_baud_find(FTDI_DIVIDER_AM, rate, &baud));
		assert_int_equal(baud.divisor >> 16, 0);
		assert_int_not_equal(baud.divisor & 0x3fff, 1);
	}
}

static void an_achieved_rate_asked_for_again_gives_the_same_divisor(void **state)
{
	static const enum ftdi_divider dividers[] = {
		FTDI_DIVIDER_SIO, FTDI_DIVIDER_AM, FTDI_DIVIDER_BM, FTDI_DIVIDER_H,
	};
	struct ftdi_baud baud, again;
	size_t i;
	u32 rate;

	(void)state;
	for (i = 0; i < COUNT(dividers); i++) {
		for (rate = 184; rate <= 12000000; rate += rate / 1000 + 1) {
			if (!ftdi_baud_find(dividers[i], rate, &baud))
				continue;
			assert_true(ftdi_baud_find(dividers[i], baud.rate, &again));
			assert_int_equal(again.rate, baud.rate);
		}
	}
}

static void a_whole_divisor_of_the_base_clock_is_programmed(void **state)
{
	struct ftdi_baud baud;

	(void)state;
	baud = ftdi_baud_by_divisor(FTDI_DIVIDER_BM, 77);	/* USB-UIRT */
	assert_int_equal(baud.rate, 311688);
	assert_int_equal(baud.divisor, 0x14009);
	baud = ftdi_baud_by_divisor(FTDI_DIVIDER_BM, 240);	/* HE-TIRA1 */
	assert_int_equal(baud.rate, 100000);
	assert_int_equal(baud.divisor, 30);
	baud = ftdi_baud_by_divisor(FTDI_DIVIDER_H, 60);
	assert_int_equal(baud.rate, 1000000);
	assert_int_equal(baud.divisor, 0x2000c);
	baud = ftdi_baud_by_divisor(FTDI_DIVIDER_BM, 1);
	assert_int_equal(baud.rate, 3000000);
	baud = ftdi_baud_by_divisor(FTDI_DIVIDER_BM, UINT32_MAX);
	assert_int_equal(baud.rate, 183);
	baud = ftdi_baud_by_divisor(FTDI_DIVIDER_SIO, 1);
	assert_int_equal(baud.rate, 115200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bm_has_its_known_divisors),
		cmocka_unit_test(the_am_lacks_some_fractions_and_two_megabaud),
		cmocka_unit_test(the_h_divides_a_faster_clock_from_1200_baud),
		cmocka_unit_test(the_sio_has_ten_rates_by_number),
		cmocka_unit_test(a_rate_out_of_reach_is_refused),
		cmocka_unit_test(every_rate_gets_the_nearest_legal_divisor),
		cmocka_unit_test(no_divisor_of_the_am_uses_a_fraction_that_it_lacks),
		cmocka_unit_test(an_achieved_rate_asked_for_again_gives_the_same_divisor),
		cmocka_unit_test(a_whole_divisor_of_the_base_clock_is_programmed),
	};

	return cmocka_run_group_tests_name("ftdi_baud", tests, NULL, NULL);
}
