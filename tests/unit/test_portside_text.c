// SPDX-License-Identifier: GPL-2.0
/* Text that goes to terminals, logs and JSON, and the way out of a terminal session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/terminal.h"
#include "tools/text.h"

static void expect_printable(const char *in, const char *out)
{
	char text[128];

	text_printable(text, sizeof(text), in);
	assert_string_equal(text, out);
}

static void plain_text_and_utf8_stay_as_they_are(void **state)
{
	(void)state;
	expect_printable("", "");
	expect_printable("a b/c", "a b/c");
	expect_printable("\xc3\xbcn\xc3\xaf", "\xc3\xbcn\xc3\xaf");
	expect_printable("\xe2\x82\xac\xf0\x9f\x98\x80", "\xe2\x82\xac\xf0\x9f\x98\x80");
}

static void control_characters_never_reach_a_terminal(void **state)
{
	(void)state;
	expect_printable("a\033[2Jb", "a\\x1b[2Jb");
	expect_printable("\r\n\t\x7f", "\\x0d\\x0a\\x09\\x7f");
	expect_printable("\xc2\x9b" "31m", "\\xc2\\x9b31m");
}

static void bytes_that_are_not_utf8_are_shown_in_hexadecimal(void **state)
{
	(void)state;
	expect_printable("\xff", "\\xff");
	expect_printable("\xc0\xaf", "\\xc0\\xaf"); /* overlong */
	expect_printable("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* surrogate */
	expect_printable("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
	expect_printable("\xe2\x82", "\\xe2\\x82"); /* cut */
}

static void text_is_cut_at_a_character(void **state)
{
	char text[6];

	(void)state;
	text_printable(text, sizeof(text), "abcd\xe2\x82\xac");
	assert_string_equal(text, "abcd");
	text_printable(text, sizeof(text), "ab\xff");
	assert_string_equal(text, "ab");
}

static void expect_json(const char *in, const char *expected)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	text_json_string(out, in);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void json_strings_are_escaped(void **state)
{
	(void)state;
	expect_json("a\"b\\c", "\"a\\\"b\\\\c\"");
	expect_json("\n\033", "\"\\u000a\\u001b\"");
	expect_json("\xc3\xbc", "\"\xc3\xbc\"");
	expect_json("\xff", "\"\\udcff\"");
}

static void sizes_and_times_are_short(void **state)
{
	char text[32];

	(void)state;
	assert_string_equal(text_bytes(text, sizeof(text), 0), "0 B");
	assert_string_equal(text_bytes(text, sizeof(text), 999), "999 B");
	assert_string_equal(text_bytes(text, sizeof(text), 1500), "1.5 kB");
	assert_string_equal(text_bytes(text, sizeof(text), 123456789), "123 MB");
	assert_string_equal(text_bytes(text, sizeof(text), UINT64_MAX), "18.4 EB");
	assert_string_equal(text_seconds(text, sizeof(text), 62), "1:02");
	assert_string_equal(text_seconds(text, sizeof(text), 10801), "3:00:01");
	assert_string_equal(text_seconds(text, sizeof(text), -1), "0:00");
}

/* Types @in piece by piece of @piece bytes; returns whether the way out was found. */
static bool type(const char *in, size_t piece, char *passed)
{
	struct escape escape = { 0 };
	size_t length = strlen(in), used = 0;
	bool out = false;

	for (size_t at = 0; at < length && !out; at += piece) {
		size_t count = length - at < piece ? length - at : piece, kept;

		out = escape_filter(&escape, (const uint8_t *)in + at, count,
				    (uint8_t *)passed + used, &kept);
		used += kept;
	}
	passed[used] = '\0';
	return out;
}

static void expect_typed(const char *in, bool out, const char *expected)
{
	char passed[64];

	for (size_t piece = 1; piece <= 8; piece++) {
		assert_int_equal(type(in, piece, passed), out);
		if (!out)
			assert_string_equal(passed, expected);
	}
}

static void the_way_out_is_tilde_dot_at_the_beginning_of_a_line(void **state)
{
	(void)state;
	expect_typed("~.", true, NULL);
	expect_typed("ls\r~.", true, NULL);
	expect_typed("a~.", false, "a~.");
	expect_typed("~x", false, "~x");
	expect_typed("~~.", false, "~.");
	expect_typed("\r~~\r", false, "\r~\r");
	expect_typed("cd ~/x\r", false, "cd ~/x\r");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_and_utf8_stay_as_they_are),
		cmocka_unit_test(control_characters_never_reach_a_terminal),
		cmocka_unit_test(bytes_that_are_not_utf8_are_shown_in_hexadecimal),
		cmocka_unit_test(text_is_cut_at_a_character),
		cmocka_unit_test(json_strings_are_escaped),
		cmocka_unit_test(sizes_and_times_are_short),
		cmocka_unit_test(the_way_out_is_tilde_dot_at_the_beginning_of_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
