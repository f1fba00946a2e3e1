// SPDX-License-Identifier: GPL-2.0
/* Which chip ftdi_sio takes a device for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/ftdi_sio/chip.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void each_bcd_is_its_chip(void **state)
{
	static const struct {
		u16 bcd;
		const char *name;
		u32 baud_base;
		bool channels;
	} table[] = {
		{ 0x000, "SIO", 750000, false },
		{ 0x1ff, "SIO", 750000, false },
		{ 0x200, "FT232A", 24000000, false },
		{ 0x400, "FT232B", 24000000, false },
		{ 0x500, "FT2232C/D", 24000000, true },
		{ 0x600, "FT232R", 24000000, false },
		{ 0x700, "FT2232H", 60000000, true },
		{ 0x800, "FT4232H", 60000000, true },
		{ 0x900, "FT232H", 60000000, true },
		{ 0x1000, "FT-X", 24000000, true },
		{ 0x2800, "FT2233HP", 60000000, true },
		{ 0x2900, "FT4233HP", 60000000, true },
		{ 0x3000, "FT2232HP", 60000000, true },
		{ 0x3100, "FT4232HP", 60000000, true },
		{ 0x3200, "FT233HP", 60000000, true },
		{ 0x3300, "FT232HP", 60000000, true },
		{ 0x3600, "FT4232HA", 60000000, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		const struct ftdi_chip *chip = ftdi_chip_find(table[i].bcd, false);

		assert_non_null(chip);
		assert_string_equal(chip->name, table[i].name);
		assert_int_equal(chip->baud_base, table[i].baud_base);
		assert_int_equal(chip->channels, table[i].channels);
	}
}

static void an_early_ft232b_is_known_by_its_latency_timer(void **state)
{
	(void)state;
	assert_true(ftdi_chip_is_ambiguous(0x200, false));
	assert_false(ftdi_chip_is_ambiguous(0x200, true));
	assert_false(ftdi_chip_is_ambiguous(0x400, false));
	assert_string_equal(ftdi_chip_find(0x200, true)->name, "FT232B");
	assert_string_equal(ftdi_chip_find(0x200, false)->name, "FT232A");
}

static void a_newer_chip_is_treated_like_its_kin(void **state)
{
	static const u16 unknown[] = { 0x201, 0x300, 0xa00, 0x2000, 0x3700, 0xffff };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(unknown); i++)
		assert_null(ftdi_chip_find(unknown[i], false));
	assert_int_equal(ftdi_chip_like(true)->divider, FTDI_DIVIDER_H);
	assert_int_equal(ftdi_chip_like(false)->divider, FTDI_DIVIDER_BM);
	assert_int_equal(ftdi_chip_like(true)->cbus, FTDI_CBUS_NONE);
}

static void only_the_oldest_chips_lack_requests(void **state)
{
	(void)state;
	assert_false(ftdi_chip_find(0x100, false)->has_latency);
	assert_false(ftdi_chip_find(0x100, false)->has_event_char);
	assert_true(ftdi_chip_find(0x100, false)->framed_out);
	assert_int_equal(ftdi_chip_find(0x100, false)->status_length, 1);
	assert_false(ftdi_chip_find(0x200, false)->has_latency);
	assert_true(ftdi_chip_find(0x200, false)->has_event_char);
	assert_false(ftdi_chip_find(0x200, false)->framed_out);
	assert_true(ftdi_chip_find(0x400, false)->has_latency);
	assert_int_equal(ftdi_chip_find(0x400, false)->status_length, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bcd_is_its_chip),
		cmocka_unit_test(an_early_ft232b_is_known_by_its_latency_timer),
		cmocka_unit_test(a_newer_chip_is_treated_like_its_kin),
		cmocka_unit_test(only_the_oldest_chips_lack_requests),
	};

	return cmocka_run_group_tests_name("ftdi_chip", tests, NULL, NULL);
}
