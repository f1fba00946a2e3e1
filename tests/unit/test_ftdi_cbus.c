// SPDX-License-Identifier: GPL-2.0
/* Which CBUS pins ftdi_sio offers as lines, from EEPROM contents. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/ftdi_sio/cbus.h"

static void an_ft232r_keeps_a_nibble_for_each_pin(void **state)
{
	u8 config[FTDI_EEPROM_CONFIG_LEN] = { 0x2a, 0xa3 };

	(void)state;
	assert_int_equal(ftdi_cbus_lines(FTDI_CBUS_FT232R, config), 0x9);
	config[0] = 0xaa;
	config[1] = 0xaa;
	assert_int_equal(ftdi_cbus_lines(FTDI_CBUS_FT232R, config), 0xf);
}

static void an_ft232h_offers_ac5_ac6_ac8_and_ac9(void **state)
{
	u8 config[FTDI_EEPROM_CONFIG_LEN] = {};

	(void)state;
	config[6] = 0x80;	/* AC5, AC4 */
	assert_int_equal(ftdi_cbus_lines(FTDI_CBUS_FT232H, config), 0x1);
	config[6] = 0x08;
	assert_int_equal(ftdi_cbus_lines(FTDI_CBUS_FT232H, config), 0x0);
	config[7] = 0x88;	/* AC7, AC6 */
	assert_int_equal(ftdi_cbus_lines(FTDI_CBUS_FT232H, config), 0x2);
	config[8] = 0x81;	/* AC9, AC8 */
	assert_int_equal(ftdi_cbus_lines(FTDI_CBUS_FT232H, config), 0xa);
}

static void an_ftx_keeps_a_byte_for_each_pin(void **state)
{
	u8 config[FTDI_EEPROM_CONFIG_LEN] = { [6] = 8, [7] = 0x88, [8] = 8, [9] = 0 };

	(void)state;
	assert_int_equal(ftdi_cbus_lines(FTDI_CBUS_FTX, config), 0x5);
}

static void an_empty_eeprom_offers_nothing(void **state)
{
	u8 config[FTDI_EEPROM_CONFIG_LEN];

	(void)state;
	memset(config, 0xff, sizeof(config));
	assert_int_equal(ftdi_cbus_lines(FTDI_CBUS_FT232R, config), 0);
	assert_int_equal(ftdi_cbus_lines(FTDI_CBUS_FT232H, config), 0);
	assert_int_equal(ftdi_cbus_lines(FTDI_CBUS_FTX, config), 0);
	assert_int_equal(ftdi_cbus_lines(FTDI_CBUS_NONE, config), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ft232r_keeps_a_nibble_for_each_pin),
		cmocka_unit_test(an_ft232h_offers_ac5_ac6_ac8_and_ac9),
		cmocka_unit_test(an_ftx_keeps_a_byte_for_each_pin),
		cmocka_unit_test(an_empty_eeprom_offers_nothing),
	};

	return cmocka_run_group_tests_name("ftdi_cbus", tests, NULL, NULL);
}
