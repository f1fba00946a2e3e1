// SPDX-License-Identifier: GPL-2.0
/*
 * What passes between gdb and the kernel's stub: acknowledgments, clamped
 * packets, kdb's text, gdbs that come again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/kgdboc/stub.h"

static struct kgdboc_stub stub;

/* $text#xx */
static const char *frame(const char *text)
{
	static char buf[4][2048];
	static unsigned int turn;
	char *out = buf[turn++ % 4];
	uint8_t sum = 0;

	for (const char *p = text; *p; p++)
		sum += *p;
	snprintf(out, sizeof(buf[0]), "$%s#%02x", text, sum);
	return out;
}

static int fresh(void **state)
{
	kgdboc_stub_init(&stub);
	kgdboc_stub_stopped(&stub);
	return 0;
}

/* What the stub reads after the line has brought @text. */
static const char *read_by_stub(const char *text)
{
	static char got[4096];
	size_t len = strlen(text), n = 0;
	int byte;

	memcpy(stub.raw, text, len);
	stub.raw_off = 0;
	stub.raw_len = len;
	while ((byte = kgdboc_stub_next(&stub)) >= 0)
		got[n++] = byte;
	got[n] = '\0';
	return got;
}

static void stub_says(const char *text)
{
	for (; *text; text++)
		kgdboc_stub_output(&stub, *text);
}

/* What goes to the host. */
static const char *sent(void)
{
	static char got[STUB_OUT_MAX + 1];

	memcpy(got, stub.out, stub.out_len);
	got[stub.out_len] = '\0';
	stub.out_len = 0;
	stub.out_has_frame = false;
	return got;
}

static void a_packet_is_acknowledged_at_both_ends(void **state)
{
	assert_string_equal(read_by_stub("+$g#67"), "$g#67");
	stub_says("+");
	assert_false(stub.out_has_frame);
	stub_says("$1234#ca");
	assert_true(stub.out_has_frame);
	assert_string_equal(sent(), "+$1234#ca");
	/* The stub's reply is taken as soon as it is made. */
	assert_string_equal(read_by_stub(""), "+");
	assert_string_equal(read_by_stub("+"), "");
}

static void a_bad_checksum_is_asked_for_again(void **state)
{
	assert_string_equal(read_by_stub("$g#68"), "");
	assert_string_equal(sent(), "-");
	assert_string_equal(read_by_stub("$g#xy"), "");
	assert_string_equal(sent(), "-");
	assert_string_equal(read_by_stub("$g#67"), "$g#67");
}

static void a_reply_is_sent_again_when_gdb_asks(void **state)
{
	read_by_stub("$g#67");
	stub_says("+$1234#ca");
	sent();
	assert_string_equal(read_by_stub("-"), "+");
	assert_string_equal(sent(), "$1234#ca");
}

static void runs_are_encoded_for_gdb_and_not_for_the_stub(void **state)
{
	assert_string_equal(read_by_stub(frame("M1000,8:0000000000000000")),
			    frame("M1000,8:0000000000000000"));
	stub_says("+");
	stub_says(frame("OK"));
	sent();
	read_by_stub("+$m1000,4#8e");
	stub_says("+");
	stub_says(frame("00000000"));
	/* Eight zeros would be '$': six, and two. */
	assert_string_equal(sent() + 1, frame("0*\"00"));
	/* As it was sent, also the second time. */
	assert_string_equal(read_by_stub("-"), "+");
	assert_string_equal(sent(), frame("0*\"00"));
}

static void support_names_the_packet_size_and_no_ack_mode(void **state)
{
	read_by_stub(frame("qSupported:swbreak+"));
	stub_says("+$#00");
	assert_string_equal(sent() + 1, frame("PacketSize=3ff;QStartNoAckMode+"));
	/* Only that reply, and added to what the stub itself supports. */
	read_by_stub("$?#3f");
	stub_says("+$S05#b8");
	assert_string_equal(sent(), "+$S05#b8");
	read_by_stub(frame("qSupported:swbreak+"));
	stub_says("+$qXfer:features:read+#ff");
	assert_string_equal(sent() + 1,
			    frame("qXfer:features:read+;PacketSize=3ff;QStartNoAckMode+"));
}

static void in_no_ack_mode_nobody_acknowledges(void **state)
{
	assert_string_equal(read_by_stub(frame("QStartNoAckMode")), "");
	assert_string_equal(sent(), "+$OK#9a");
	assert_string_equal(read_by_stub("+$g#67"), "$g#67");
	stub_says("+$1234#ca");
	assert_string_equal(sent(), "$1234#ca");
	/* A new gdb begins with acknowledgments. */
	read_by_stub(frame("qSupported"));
	stub_says("+$#00");
	assert_int_equal(sent()[0], '+');
}

static void a_read_is_cut_to_what_the_stub_can_answer(void **state)
{
	assert_string_equal(read_by_stub(frame("mffffffff81000000,1000")),
			    frame("mffffffff81000000,1ff"));
	stub_says("+");
	assert_string_equal(read_by_stub(frame("mffffffff81000000,1ff")),
			    frame("mffffffff81000000,1ff"));
	stub_says("+");
	sent();
	assert_string_equal(read_by_stub(frame("m12")), "");
	assert_string_equal(sent(), "+$E22#a9");
}

static void an_address_that_none_can_be_never_reaches_the_stub(void **state)
{
	static const char *const none[] = { "m800000000000,8", "mff88801eb20600,9",
					    "M7fffffffffffffff,1:00", "Xffff7fffffffffff,1:a" };

	stub.address_bits = 48;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		assert_string_equal(read_by_stub(frame(none[i])), "");
		assert_string_equal(sent(), "+$E14#aa");
	}
	assert_string_equal(read_by_stub(frame("mffff800000000000,8")),
			    frame("mffff800000000000,8"));
	stub_says("+");
	assert_string_equal(read_by_stub(frame("m7fffffffffff,1")), frame("m7fffffffffff,1"));
	stub_says("+");
	stub.address_bits = 0;
	assert_string_equal(read_by_stub(frame("m800000000000,8")), frame("m800000000000,8"));
}

static void a_write_that_lies_about_its_length_never_reaches_the_stub(void **state)
{
	static const char *const lies[] = { "M1000,4:001122", "M1000,ffffffff:00", "M1000,1:0011",
					    "X1000,4:ab", "X1000,2:}", "X1000,1000:ab", "M1000",
					    "X1000,4" };

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		assert_string_equal(read_by_stub(frame(lies[i])), "");
		assert_string_equal(sent(), "+$E22#a9");
	}
	assert_string_equal(read_by_stub(frame("M1000,2:0011")), frame("M1000,2:0011"));
	stub_says("+");
	assert_string_equal(read_by_stub(frame("X1000,3:a}]b")), frame("X1000,3:a}]b"));
	stub_says("+");
	assert_string_equal(read_by_stub(frame("X1000,0:")), frame("X1000,0:"));
}

static void a_packet_that_is_too_long_is_refused(void **state)
{
	char payload[STUB_PACKET_MAX + 2];
	const char *text;

	memset(payload, 'q', STUB_PACKET_MAX + 1);
	payload[STUB_PACKET_MAX + 1] = '\0';
	text = frame(payload);
	for (size_t len = strlen(text); len;) {
		size_t n = len < 500 ? len : 500;
		char part[501] = "";

		memcpy(part, text, n);
		assert_string_equal(read_by_stub(part), "");
		text += n;
		len -= n;
	}
	assert_string_equal(sent(), "+$E22#a9");
}

static void gdb_scripts_do_not_take_kdb_for_qemu(void **state)
{
	assert_string_equal(read_by_stub(frame("qRcmd,696e666f2076657273696f6e")), "");
	assert_string_equal(sent(), "+$E01#a6");
	assert_string_equal(read_by_stub(frame("qRcmd,6c736d6f64")), frame("qRcmd,6c736d6f64"));
}

static void a_person_speaks_to_kdb(void **state)
{
	stub_says("\nEntering kdb ($ + - #)\n[0]kdb> ");
	assert_string_equal(sent(), "\nEntering kdb ($ + - #)\n[0]kdb> ");
	assert_string_equal(read_by_stub("md $rip\r"), "md $rip\r");
	stub_says("md $rip\n+-$");
	assert_string_equal(sent(), "md $rip\n+-$");
}

static void a_gdb_that_connects_sees_nothing_of_kdb(void **state)
{
	kgdboc_stub_connecting(&stub);
	stub_says("\nEntering kdb + - $ on processor 0\n[0]kdb> ");
	assert_string_equal(sent(), "");
	assert_string_equal(read_by_stub(frame("qSupported:x")), frame("qSupported:x"));
	stub_says("junk+$#00");
	assert_string_equal(sent() + 1, frame("PacketSize=3ff;QStartNoAckMode+"));
}

static void a_packet_by_hand_goes_back_to_kdb(void **state)
{
	read_by_stub("$?#3f");
	stub_says("+$S05#b8");
	sent();
	assert_string_equal(read_by_stub("$3#33"), "+$3#33");
	stub_says("+\n[0]kdb> $ ");
	assert_string_equal(sent(), "+\n[0]kdb> $ ");
}

static void a_gdb_that_comes_again_does_not_get_the_old_ones_stop(void **state)
{
	read_by_stub("$c#63");
	stub_says("+");
	sent();
	kgdboc_stub_connecting(&stub);
	kgdboc_stub_stopped(&stub);
	stub_says("$T05thread:01;#07");
	assert_string_equal(sent(), "");
	/* The stub has its acknowledgment, then the new gdb's first packet. */
	assert_int_equal(kgdboc_stub_next(&stub), '+');
	assert_string_equal(read_by_stub("$?#3f"), "$?#3f");
	stub_says("+$S05#b8");
	assert_string_equal(sent(), "+$S05#b8");
}

static void a_gdb_that_has_gone_is_detached_in_silence(void **state)
{
	read_by_stub("$g#67");
	stub_says("+$1234#ca");
	sent();
	read_by_stub("");
	kgdboc_stub_hang_up(&stub);
	assert_string_equal(read_by_stub(""), "$D#44");
	stub_says("+$OK#9a");
	assert_string_equal(sent(), "");
	assert_string_equal(read_by_stub(""), "+");
}

static void ctrl_c_behind_a_continue_is_not_lost(void **state)
{
	uint8_t byte;
	const char *text = "$c#63\x03";

	memcpy(stub.raw, text, strlen(text));
	stub.raw_len = strlen(text);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(kgdboc_stub_next(&stub), text[i]);
	assert_true(kgdboc_stub_attention(&stub, &byte));
	assert_int_equal(byte, 0x03);
	assert_int_equal(kgdboc_stub_next(&stub), -1);
	assert_false(kgdboc_stub_attention(&stub, &byte));
}

static void binary_writes_are_declined_where_nul_would_be_lost(void **state)
{
	stub.no_binary = true;
	assert_string_equal(read_by_stub(frame("X1000,2:ab")), "");
	assert_string_equal(sent(), "+$#00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_packet_is_acknowledged_at_both_ends, fresh),
		cmocka_unit_test_setup(a_bad_checksum_is_asked_for_again, fresh),
		cmocka_unit_test_setup(a_reply_is_sent_again_when_gdb_asks, fresh),
		cmocka_unit_test_setup(runs_are_encoded_for_gdb_and_not_for_the_stub, fresh),
		cmocka_unit_test_setup(support_names_the_packet_size_and_no_ack_mode, fresh),
		cmocka_unit_test_setup(in_no_ack_mode_nobody_acknowledges, fresh),
		cmocka_unit_test_setup(a_read_is_cut_to_what_the_stub_can_answer, fresh),
		cmocka_unit_test_setup(an_address_that_none_can_be_never_reaches_the_stub, fresh),
		cmocka_unit_test_setup(a_write_that_lies_about_its_length_never_reaches_the_stub,
				       fresh),
		cmocka_unit_test_setup(a_packet_that_is_too_long_is_refused, fresh),
		cmocka_unit_test_setup(gdb_scripts_do_not_take_kdb_for_qemu, fresh),
		cmocka_unit_test_setup(a_person_speaks_to_kdb, fresh),
		cmocka_unit_test_setup(a_gdb_that_connects_sees_nothing_of_kdb, fresh),
		cmocka_unit_test_setup(a_packet_by_hand_goes_back_to_kdb, fresh),
		cmocka_unit_test_setup(a_gdb_that_comes_again_does_not_get_the_old_ones_stop, fresh),
		cmocka_unit_test_setup(a_gdb_that_has_gone_is_detached_in_silence, fresh),
		cmocka_unit_test_setup(ctrl_c_behind_a_continue_is_not_lost, fresh),
		cmocka_unit_test_setup(binary_writes_are_declined_where_nul_would_be_lost, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
