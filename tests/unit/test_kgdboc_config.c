// SPDX-License-Identifier: GPL-2.0
/* What the parameter of kgdboc means, and what is refused with which errno. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/kgdboc/config.h"

static struct kgdboc_config config;

static int parse(const char *text)
{
	const char *why = NULL;
	int err = kgdboc_config_parse(&config, text, &why);

	/* Every refusal says why, in words. */
	assert_true(!err == !why);
	return err;
}

static void a_tty_has_a_name_a_number_and_options(void **state)
{
	assert_int_equal(parse("ttyS1,115200n8\n"), 0);
	assert_int_equal(config.kind, KGDBOC_TTY);
	assert_string_equal(config.text, "ttyS1,115200n8");
	assert_string_equal(config.name, "ttyS1");
	assert_int_equal(config.name_prefix, 4);
	assert_int_equal(config.index, 1);
	assert_string_equal(config.options, "115200n8");
	assert_false(config.kms || config.keyboard);

	assert_int_equal(parse("hvc12"), 0);
	assert_int_equal(config.name_prefix, 3);
	assert_int_equal(config.index, 12);
	assert_string_equal(config.options, "");
}

static void kms_and_the_keyboard_come_before_the_line(void **state)
{
	assert_int_equal(parse("kms,kbd,ttyS0"), 0);
	assert_true(config.kms && config.keyboard);
	assert_string_equal(config.name, "ttyS0");
	assert_int_equal(parse("kdb,ttyS0"), 0);
	assert_true(config.keyboard && !config.kms);
	assert_int_equal(parse("kbd"), 0);
	assert_int_equal(config.kind, KGDBOC_KEYBOARD);
	assert_int_equal(parse("kms,kbd"), 0);
	assert_int_equal(config.kind, KGDBOC_KEYBOARD);
	assert_int_equal(parse("kbd,kms,ttyS0"), -ENODEV);
	assert_int_equal(parse("kbdttyS0"), -ENODEV);
}

static void nothing_unconfigures(void **state)
{
	static const char *const texts[] = { "", "\n", " ttyS0" };

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(parse(texts[i]), 0);
		assert_int_equal(config.kind, KGDBOC_NONE);
		assert_string_equal(config.text, "");
	}
}

static void a_name_without_a_number_is_no_line(void **state)
{
	static const char *const texts[] = { "ttyS", "S", ",ttyS0", "0", "ttyS0x", "ttyS,115200",
					     "kms,", "ttyS99999999999999999999" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(parse(texts[i]), -ENODEV);
}

static void a_port_is_named_after_vport(void **state)
{
	assert_int_equal(parse("vport:org.kgdb.0\n"), 0);
	assert_int_equal(config.kind, KGDBOC_VPORT);
	assert_string_equal(config.name, "org.kgdb.0");
	assert_int_equal(parse("vport:a,b c"), 0);
	assert_string_equal(config.name, "a,b c");
	assert_int_equal(parse("vport:"), -EINVAL);
}

static void a_uart_is_found_at_an_address(void **state)
{
	assert_int_equal(parse("uart:io,0x2f8,115200"), 0);
	assert_int_equal(config.kind, KGDBOC_UART);
	assert_false(config.mmio);
	assert_int_equal(config.address, 0x2f8);
	assert_int_equal(config.baud, 115200);
	assert_int_equal(parse("kms,uart:mmio,0xFED00000"), 0);
	assert_true(config.mmio && config.kms);
	assert_int_equal(config.address, 0xfed00000);
	assert_int_equal(config.baud, 0);
	assert_int_equal(parse("uart:io,760"), 0);
	assert_int_equal(config.address, 0x2f8);
}

static void a_mistake_in_a_uart_is_refused(void **state)
{
	static const char *const texts[] = {
		"uart:", "uart:0x2f8", "uart:io,", "uart:io,zzz", "uart:io,0x", "uart:io,0x10000",
		"uart:io,0x2f8,", "uart:io,0x2f8,0", "uart:io,0x2f8,230400", "uart:io,0x2f8,9600,8",
		"uart:io,0x2f8 ", "uart:mmio,0x1ffffffffffffffff", "uart:pci,0x2f8",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(parse(texts[i]), -EINVAL);
}

static void what_is_too_long_is_refused_whole(void **state)
{
	char text[KGDBOC_CONFIG_MAX + 2];

	memset(text, 'a', sizeof(text));
	memcpy(text, "vport:", 6);
	text[KGDBOC_CONFIG_MAX] = '\0';
	assert_int_equal(parse(text), -ENOSPC);
	text[KGDBOC_CONFIG_MAX - 1] = '\n';
	assert_int_equal(parse(text), 0);
	assert_int_equal(strlen(config.name), KGDBOC_CONFIG_MAX - 1 - 6);
}

static void options_give_the_rate_and_whether_they_are_plain(void **state)
{
	assert_int_equal(kgdboc_options_baud("115200n8"), 115200);
	assert_int_equal(kgdboc_options_baud("9600"), 9600);
	assert_int_equal(kgdboc_options_baud(""), 0);
	assert_int_equal(kgdboc_options_baud("n8"), 0);
	assert_int_equal(kgdboc_options_baud("99999999999"), 0);
	assert_true(kgdboc_options_plain(""));
	assert_true(kgdboc_options_plain("115200n8"));
	assert_true(kgdboc_options_plain("115200"));
	assert_false(kgdboc_options_plain("115200e7"));
	assert_false(kgdboc_options_plain("115200n8r"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tty_has_a_name_a_number_and_options),
		cmocka_unit_test(kms_and_the_keyboard_come_before_the_line),
		cmocka_unit_test(nothing_unconfigures),
		cmocka_unit_test(a_name_without_a_number_is_no_line),
		cmocka_unit_test(a_port_is_named_after_vport),
		cmocka_unit_test(a_uart_is_found_at_an_address),
		cmocka_unit_test(a_mistake_in_a_uart_is_refused),
		cmocka_unit_test(what_is_too_long_is_refused_whole),
		cmocka_unit_test(options_give_the_rate_and_whether_they_are_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
