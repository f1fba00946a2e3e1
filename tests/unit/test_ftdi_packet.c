// SPDX-License-Identifier: GPL-2.0
/* What ftdi_sio reads in a chip's packets. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/ftdi_sio/packet.h"

static const struct ftdi_line quiet = { .modem = 0x01, .error_char = FTDI_NO_CHAR };

/* Reads a packet of the given modem byte, line byte and text. */
static struct ftdi_packet read_packet(struct ftdi_line *line, u8 modem, u8 status,
				      const void *text, unsigned int len)
{
	static u8 bytes[64];
	struct ftdi_packet packet;

	bytes[0] = modem;
	bytes[1] = status;
	memcpy(bytes + 2, text, len);
	assert_true(ftdi_packet_read(line, bytes, len + 2, &packet));
	return packet;
}

static void a_plain_packet_is_its_characters(void **state)
{
	struct ftdi_line line = quiet;
	struct ftdi_packet packet = read_packet(&line, 0x01, 0x60, "hello", 5);

	(void)state;
	assert_int_equal(packet.len, 5);
	assert_memory_equal(packet.data, "hello", 5);
	assert_int_equal(packet.mark, FTDI_MARK_NONE);
	assert_int_equal(packet.changed, 0);
	assert_false(packet.brk);
	assert_false(packet.overrun);
}

static void a_packet_without_its_status_changes_nothing(void **state)
{
	struct ftdi_line line = quiet;
	const u8 bytes[1] = { 0xf1 };
	struct ftdi_packet packet;

	(void)state;
	assert_false(ftdi_packet_read(&line, bytes, 0, &packet));
	assert_false(ftdi_packet_read(&line, bytes, 1, &packet));
	assert_int_equal(line.modem, 0x01);
}

static void modem_lines_are_news_on_packets_without_characters(void **state)
{
	struct ftdi_line line = quiet;

	(void)state;
	assert_int_equal(read_packet(&line, 0x11, 0, "", 0).changed, FTDI_MODEM_CTS);
	assert_int_equal(read_packet(&line, 0x11, 0, "", 0).changed, 0);
	assert_int_equal(read_packet(&line, 0x80, 0, "", 0).changed,
			 FTDI_MODEM_CTS | FTDI_MODEM_DCD);
}

static void a_break_is_the_nul_at_the_end_of_its_packet(void **state)
{
	struct ftdi_line line = quiet;
	struct ftdi_packet packet = read_packet(&line, 0x01, FTDI_LINE_BREAK | FTDI_LINE_FRAME,
						"ab\0", 3);

	(void)state;
	assert_true(packet.brk);
	assert_int_equal(packet.len, 2);
	assert_int_equal(packet.mark, FTDI_MARK_NONE);
}

static void a_break_without_characters_counts_when_its_bit_rises(void **state)
{
	struct ftdi_line line = quiet;

	(void)state;
	assert_true(read_packet(&line, 0x01, FTDI_LINE_BREAK, "", 0).brk);
	assert_false(read_packet(&line, 0x01, FTDI_LINE_BREAK, "", 0).brk);
	assert_false(read_packet(&line, 0x01, 0, "", 0).brk);
	assert_true(read_packet(&line, 0x01, FTDI_LINE_BREAK, "", 0).brk);
}

static void the_nul_of_a_break_already_shown_is_dropped(void **state)
{
	struct ftdi_line line = quiet;
	struct ftdi_packet packet;

	(void)state;
	assert_true(read_packet(&line, 0x01, FTDI_LINE_BREAK, "", 0).brk);
	packet = read_packet(&line, 0x01, FTDI_LINE_BREAK, "\0", 1);
	assert_false(packet.brk);
	assert_int_equal(packet.len, 0);
	packet = read_packet(&line, 0x01, FTDI_LINE_BREAK, "\0", 1);
	assert_true(packet.brk);
}

static void a_nul_after_the_break_is_a_character(void **state)
{
	struct ftdi_line line = quiet;
	struct ftdi_packet packet;

	(void)state;
	read_packet(&line, 0x01, FTDI_LINE_BREAK, "", 0);
	read_packet(&line, 0x01, 0, "", 0);
	packet = read_packet(&line, 0x01, 0, "\0", 1);
	assert_false(packet.brk);
	assert_int_equal(packet.len, 1);
}

static void without_a_stream_of_status_each_break_packet_is_one(void **state)
{
	struct ftdi_line line = quiet;

	(void)state;
	line.no_status_stream = true;
	assert_true(read_packet(&line, 0x01, FTDI_LINE_BREAK, "", 0).brk);
	assert_true(read_packet(&line, 0x01, FTDI_LINE_BREAK, "", 0).brk);
}

static void parity_errors_go_before_framing_errors(void **state)
{
	struct ftdi_line line = quiet;

	(void)state;
	assert_int_equal(read_packet(&line, 0x01, FTDI_LINE_PARITY | FTDI_LINE_FRAME, "x", 1).mark,
			 FTDI_MARK_PARITY);
	assert_int_equal(read_packet(&line, 0x01, FTDI_LINE_FRAME, "x", 1).mark, FTDI_MARK_FRAME);
	assert_int_equal(read_packet(&line, 0x01, FTDI_LINE_FRAME, "", 0).mark, FTDI_MARK_NONE);
}

static void an_error_character_says_which_byte_is_bad(void **state)
{
	struct ftdi_line line = quiet;
	struct ftdi_packet packet;

	(void)state;
	line.error_char = '?';
	packet = read_packet(&line, 0x01, FTDI_LINE_PARITY, "ab?c", 4);
	assert_int_equal(packet.only, '?');
	packet = read_packet(&line, 0x01, FTDI_LINE_PARITY, "abcd", 4);
	assert_int_equal(packet.only, FTDI_NO_CHAR);
	packet = read_packet(&line, 0x01, 0, "ab?c", 4);
	assert_int_equal(packet.mark, FTDI_MARK_NONE);
}

static void an_overrun_counts_once_while_nothing_comes(void **state)
{
	struct ftdi_line line = quiet;

	(void)state;
	assert_true(read_packet(&line, 0x01, FTDI_LINE_OVERRUN, "a", 1).overrun);
	assert_true(read_packet(&line, 0x01, FTDI_LINE_OVERRUN, "a", 1).overrun);
	assert_false(read_packet(&line, 0x01, FTDI_LINE_OVERRUN, "", 0).overrun);
	assert_false(read_packet(&line, 0x01, 0, "", 0).overrun);
	assert_true(read_packet(&line, 0x01, FTDI_LINE_OVERRUN, "", 0).overrun);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_packet_is_its_characters),
		cmocka_unit_test(a_packet_without_its_status_changes_nothing),
		cmocka_unit_test(modem_lines_are_news_on_packets_without_characters),
		cmocka_unit_test(a_break_is_the_nul_at_the_end_of_its_packet),
		cmocka_unit_test(a_break_without_characters_counts_when_its_bit_rises),
		cmocka_unit_test(the_nul_of_a_break_already_shown_is_dropped),
		cmocka_unit_test(a_nul_after_the_break_is_a_character),
		cmocka_unit_test(without_a_stream_of_status_each_break_packet_is_one),
		cmocka_unit_test(parity_errors_go_before_framing_errors),
		cmocka_unit_test(an_error_character_says_which_byte_is_bad),
		cmocka_unit_test(an_overrun_counts_once_while_nothing_comes),
	};

	return cmocka_run_group_tests_name("ftdi_packet", tests, NULL, NULL);
}
