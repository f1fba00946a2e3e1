// SPDX-License-Identifier: GPL-2.0
/* The remote protocol, packet by packet, over a fake target. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/rsp_fake.h"

static struct fake fake;
static char answer[1 << 18];

/* Decodes the frames that were sent: acks as they are, then each payload and a space. */
static const char *sent(void)
{
	size_t at = 0, out = 0;

	while (at < fake.sent_len) {
		u8 byte = fake.sent[at++];

		if (byte == '+' || byte == '-') {
			answer[out++] = byte;
			continue;
		}
		assert_int_equal(byte, '$');
		for (; fake.sent[at] != '#'; at++) {
			if (fake.sent[at] == '*') {
				int n = fake.sent[++at] - 29;

				assert_in_range(fake.sent[at], 32, 126);
				assert_int_not_equal(fake.sent[at], '#');
				assert_int_not_equal(fake.sent[at], '$');
				while (n--) {
					answer[out] = answer[out - 1];
					out++;
				}
			} else {
				answer[out++] = fake.sent[at];
			}
			assert_true(at < fake.sent_len);
		}
		answer[out++] = ' ';
		at += 3;
	}
	assert_int_equal(at, fake.sent_len);
	if (out && answer[out - 1] == ' ')
		out--;
	answer[out] = 0;
	fake.sent_len = 0;
	return answer;
}

static void feed_packet(const char *payload, size_t len)
{
	u8 sum = 0;
	char tail[4];
	size_t i;

	for (i = 0; i < len; i++)
		sum += payload[i];
	snprintf(tail, sizeof(tail), "#%02x", sum);
	fake_feed(&fake, "$", 1);
	fake_feed(&fake, payload, len);
	fake_feed(&fake, tail, 3);
}

/* What a packet is answered, in ack mode: the ack is checked and left out. */
static const char *ask(const char *payload)
{
	const char *said;

	feed_packet(payload, strlen(payload));
	said = sent();
	assert_int_equal(said[0], '+');
	return said + 1;
}

static int begin(void **state)
{
	(void)state;
	fake_init(&fake);
	return 0;
}

static void a_wrong_checksum_is_refused(void **state)
{
	(void)state;
	fake_feed(&fake, "$qC#00", 6);
	assert_string_equal(sent(), "-");
	assert_int_equal(fake.rsp.stats.bad, 1);
}

static void a_refused_reply_is_sent_again(void **state)
{
	(void)state;
	assert_string_equal(ask("qC"), "QC1");
	fake_feed(&fake, "-", 1);
	assert_string_equal(sent(), "+QC1");
	fake_feed(&fake, "+-", 2);
	assert_string_equal(sent(), "");
}

static void an_unknown_packet_gets_the_empty_reply(void **state)
{
	(void)state;
	assert_string_equal(ask("vMustReplyEmpty"), "");
	assert_string_equal(ask("!"), "");
	assert_string_equal(ask("qTStatus"), "");
}

static void without_acknowledgements_none_is_sent(void **state)
{
	(void)state;
	assert_string_equal(ask("QStartNoAckMode"), "OK");
	fake_feed(&fake, "+", 1);
	feed_packet("qC", 2);
	assert_string_equal(sent(), "QC1");
	assert_true(fake.rsp.no_ack);
}

static void a_new_client_begins_with_acknowledgements_and_without_points(void **state)
{
	unsigned int before;

	(void)state;
	ask("QStartNoAckMode");
	fake_feed(&fake, "+", 1);
	before = fake.resets;
	fake_feed(&fake, "+", 1);
	assert_true(fake.resets > before);
	assert_string_equal(ask("qC"), "QC1");
	assert_int_equal(fake.rsp.stats.clients, 2);
}

static void gdb_is_told_what_we_can_do(void **state)
{
	const char *said;

	(void)state;
	said = ask("qSupported:multiprocess+;swbreak+;hwbreak+;xmlRegisters=i386");
	assert_non_null(strstr(said, "PacketSize=10000;"));
	assert_non_null(strstr(said, "QStartNoAckMode+"));
	assert_non_null(strstr(said, "ConditionalBreakpoints+"));
	assert_true(fake.rsp.knows_swbreak);
	assert_true(fake.rsp.knows_hwbreak);
}

static void a_line_that_changes_line_ends_is_offered_no_binary_data(void **state)
{
	(void)state;
	fake.rsp.text_only = true;
	assert_null(strstr(ask("qSupported"), "binary-upload"));
}

static void memory_is_read_as_digits(void **state)
{
	(void)state;
	assert_string_equal(ask("mffffffff81000001,4"), "070e151c");
}

static void a_read_stops_at_the_first_bad_address(void **state)
{
	(void)state;
	assert_string_equal(ask("mffffffff8100fffe,10"), "0000");
	assert_string_equal(ask("m0,10"), "E14");
}

static void a_read_of_any_length_fits_into_the_reply(void **state)
{
	(void)state;
	assert_int_equal(strlen(ask("mffffffff81000000,ffffffff")), RSP_PACKET_MAX);
}

static void runs_are_encoded_without_forbidden_counts(void **state)
{
	char want[260], request[40];
	int n;

	(void)state;
	for (n = 1; n < 128; n++) {
		snprintf(request, sizeof(request), "mffffffff8100c000,%x", n);
		memset(want, '0', 2 * n);
		want[2 * n] = 0;
		assert_string_equal(ask(request), want);
	}
}

static void binary_reads_are_escaped(void **state)
{
	const char *said;

	(void)state;
	memcpy(fake.memory + 0x9000, "a$#}*b", 6);
	said = ask("xffffffff81009000,6");
	assert_memory_equal(said, "ba}\x04}\x03}]}\nb", 11);
}

static void memory_is_written_as_digits_and_as_binary_data(void **state)
{
	(void)state;
	assert_string_equal(ask("Mffffffff81009000,2:a1b2"), "OK");
	assert_int_equal(fake.memory[0x9001], 0xb2);
	assert_string_equal(ask("Xffffffff81009000,3:x}\x04y"), "OK");
	assert_memory_equal(fake.memory + 0x9000, "x$y", 3);
}

static void a_write_whose_length_is_a_lie_changes_nothing(void **state)
{
	(void)state;
	assert_string_equal(ask("Mffffffff81000000,4:a1b2"), "E22");
	assert_string_equal(ask("Mffffffff81000000,1:a1b2"), "E22");
	assert_string_equal(ask("Xffffffff81000000,9:ab"), "E22");
	assert_string_equal(ask("Xffffffff81000000,1:}"), "E22");
	assert_int_equal(fake.memory[0], 0);
}

static void a_packet_that_is_too_long_is_an_error(void **state)
{
	static char payload[RSP_PACKET_MAX + 100];

	(void)state;
	memset(payload, 'a', sizeof(payload));
	feed_packet(payload, sizeof(payload));
	assert_string_equal(sent(), "+E22");
	assert_string_equal(ask("qC"), "QC1");
}

static void registers_are_those_of_the_chosen_thread(void **state)
{
	char two[RSP_PACKET_MAX];

	(void)state;
	assert_string_equal(ask("Hg2"), "OK");
	strcpy(two, ask("g"));
	assert_memory_equal(two + 16 * 5, "2900000000000000", 16);
	assert_string_equal(ask("p10"), "00110081ffffffff");
	assert_string_equal(ask("p19"), "010000008088ffff");
	assert_string_equal(ask("Hg9"), "E03");
}

static void the_register_packet_ends_before_the_floating_point_unit(void **state)
{
	(void)state;
	assert_int_equal(strlen(ask("g")), 2 * (17 * 8 + 7 * 4 + 9 * 8));
	assert_string_equal(ask("p21"), "xxxxxxxxxxxxxxxxxxxx");
	assert_string_equal(ask("pffff"), "E22");
}

static void registers_are_written(void **state)
{
	(void)state;
	assert_string_equal(ask("P0=1122334455667788"), "OK");
	assert_int_equal(fake.registers[0][X86_RAX], 0x8877665544332211);
	assert_string_equal(ask("P0=11"), "E22");
	assert_string_equal(ask("Gxxxxxxxxxxxxxxxx0500000000000000"), "OK");
	assert_int_equal(fake.registers[0][X86_RAX], 0x8877665544332211);
	assert_int_equal(fake.registers[0][X86_RBX], 5);
	assert_string_equal(ask("G05"), "E22");
}

static void threads_are_listed(void **state)
{
	(void)state;
	assert_string_equal(ask("qfThreadInfo"), "m1,2,3");
	assert_string_equal(ask("qsThreadInfo"), "l");
	assert_string_equal(ask("T2"), "OK");
	assert_string_equal(ask("T4"), "E03");
}

static void thread_names_cannot_break_the_document(void **state)
{
	(void)state;
	assert_non_null(strstr(ask("qXfer:threads:read::0,ffff"),
			       "<thread id=\"2\" core=\"1\" name=\"task&lt;2>\">"
			       "running &quot;2&quot;</thread>"));
}

static void the_first_list_after_a_step_is_brief(void **state)
{
	static const char brief[] = "l<?xml version=\"1.0\"?><threads><thread id=\"1\"/>"
				    "<thread id=\"2\"/><thread id=\"3\"/></threads>";
	char whole[RSP_PACKET_MAX];

	(void)state;
	strcpy(whole, ask("qXfer:threads:read::0,ffff"));
	assert_non_null(strstr(whole, "name="));
	ask("s");
	assert_string_equal(ask("qXfer:threads:read::0,20"), "m<?xml version=\"1.0\"?><threads><t");
	assert_string_equal(ask("qXfer:threads:read::0,ffff"), brief);
	assert_string_equal(ask("qXfer:threads:read::0,ffff"), whole);
	/* A stop that is not the step's own is worth a name. */
	ask("s");
	ask("c");
	assert_string_equal(ask("qXfer:threads:read::0,ffff"), whole);
}

static void a_document_comes_in_pieces(void **state)
{
	char whole[RSP_PACKET_MAX], pieces[RSP_PACKET_MAX] = "", request[64];
	size_t offset;

	(void)state;
	strcpy(whole, ask("qXfer:features:read:target.xml:0,ffff"));
	assert_int_equal(whole[0], 'l');
	assert_non_null(strstr(whole, "<reg name=\"gs_base\" bitsize=\"64\" regnum=\"25\""));
	for (offset = 0;; offset += 100) {
		const char *piece;

		snprintf(request, sizeof(request), "qXfer:features:read:target.xml:%zx,64", offset);
		piece = ask(request);
		strcat(pieces, piece + 1);
		if (piece[0] == 'l')
			break;
		assert_int_equal(strlen(piece), 101);
	}
	assert_string_equal(pieces, whole + 1);
	assert_string_equal(ask("qXfer:features:read:target.xml:fffff,64"), "l");
}

static void a_continue_ends_at_a_breakpoint(void **state)
{
	(void)state;
	ask("qSupported:swbreak+");
	assert_string_equal(ask("Z0,ffffffff81000110,1"), "OK");
	assert_string_equal(ask("vCont;c"),
			    "T056:0000000000000000;7:00900081ffffffff;10:10010081ffffffff;"
			    "11:00000000;thread:1;core:0;swbreak:;");
	assert_string_equal(ask("z0,ffffffff81000110,1"), "OK");
}

static void the_cause_is_told_only_to_those_who_know_it(void **state)
{
	(void)state;
	ask("Z0,ffffffff81000110,1");
	assert_null(strstr(ask("c"), "swbreak"));
}

static void a_watchpoint_tells_the_address(void **state)
{
	(void)state;
	assert_string_equal(ask("Z2,ffffffff81008000,8"), "OK");
	assert_non_null(strstr(ask("c"), "watch:ffffffff81008000;"));
}

static void one_thread_steps(void **state)
{
	(void)state;
	ask("vCont;s:2;c");
	assert_int_equal(fake.rsp.stop.tid, 2);
	assert_int_equal(fake.registers[1][X86_RIP], FAKE_BASE + 0x1101);
	assert_false(fake.rsp.resume.alone);
	ask("vCont;s:2");
	assert_true(fake.rsp.resume.alone);
}

static void a_thread_that_cannot_step_is_refused(void **state)
{
	(void)state;
	assert_string_equal(ask("vCont;s:3;c"), "E03");
	assert_false(fake.rsp.running);
}

static void a_range_is_left_in_one_go(void **state)
{
	(void)state;
	ask("vCont;rffffffff81000100,ffffffff81000118:1;c");
	assert_int_equal(fake.registers[0][X86_RIP], FAKE_BASE + 0x118);
}

static void broken_actions_are_refused(void **state)
{
	static const char *const broken[] = {
		"vCont;", "vCont;q", "vCont;r1", "vCont;r1,", "vCont;s:", "vCont;Cx",
		"vCont;s:1x", "vCont;c;", "sffff", "Sx",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_string_equal(ask(broken[i]), "E22");
}

static void a_condition_comes_with_the_breakpoint(void **state)
{
	(void)state;
	/* rdi == 41: reg 5, const8 41, equal, end */
	assert_string_equal(ask("Z0,ffffffff81000110,1;X7,26000522291327"), "OK");
	ask("c");
	assert_int_equal(fake.rsp.stop.signal, 2);
	assert_string_equal(ask("Z0,ffffffff81000110,1;Xffff,26"), "E22");
	assert_string_equal(ask("Z0,ffffffff81000110,1;X7,26"), "E22");
}

static void an_unknown_kind_of_point_is_not_supported(void **state)
{
	(void)state;
	assert_string_equal(ask("Z7,ffffffff81000110,1"), "");
	assert_string_equal(ask("Z0,zz"), "E22");
}

static void detaching_removes_what_was_inserted(void **state)
{
	(void)state;
	ask("Z0,ffffffff81000110,1");
	assert_string_equal(ask("D"), "OK");
	assert_false(fake.points[0].used);
	assert_false(fake.rsp.connected);
}

static void a_client_that_waits_is_told_when_the_target_goes(void **state)
{
	(void)state;
	ask("Z0,ffffffff81000110,1");
	feed_packet("c", 1);
	sent();
	fake.rsp.running = true;
	rsp_part(&fake.rsp);
	assert_string_equal(sent(), "W00");
	assert_false(fake.points[0].used);
	rsp_part(&fake.rsp);
	assert_string_equal(sent(), "");
}

static void kill_is_not_answered(void **state)
{
	(void)state;
	feed_packet("k", 1);
	assert_string_equal(sent(), "+");
	assert_false(fake.rsp.connected);
}

static void control_c_is_seen_between_packets_only(void **state)
{
	(void)state;
	assert_int_equal(fake_feed(&fake, "\x03", 1), RSP_INTERRUPT);
	feed_packet("Xffffffff81009000,1:\x03", 21);
	assert_string_equal(sent(), "+OK");
	assert_int_equal(fake.memory[0x9000], 3);
}

static void a_packet_cut_short_gives_way_to_the_next(void **state)
{
	(void)state;
	fake_feed(&fake, "$m0,", 4);
	assert_string_equal(ask("qC"), "QC1");
}

static void a_monitor_command_prints_before_its_ok(void **state)
{
	(void)state;
	assert_string_equal(ask("qRcmd,68656c70"), "O74686572652069732068656c700a OK");
	assert_string_equal(fake.command, "help");
	assert_non_null(strstr(ask("qRcmd,6869"), " OK"));
	assert_string_equal(ask("qRcmd,6"), "E22");
}

static void offsets_are_those_of_the_text_segment(void **state)
{
	(void)state;
	assert_string_equal(ask("qOffsets"), "TextSeg=ffffffff81000000");
}

static void memory_is_searched_and_summed(void **state)
{
	(void)state;
	memcpy(fake.memory + 0xb123, "needle", 6);
	assert_string_equal(ask("qSearch:memory:ffffffff81000000;10000;needle"),
			    "1,ffffffff8100b123");
	assert_string_equal(ask("qSearch:memory:ffffffff81000000;1000;needle"), "0");
	memcpy(fake.memory + 0x9000, "123456789", 9);
	/* CRC-32/MPEG-2, whose check value is known */
	assert_string_equal(ask("qCRC:ffffffff81009000,9"), "C376e6e7");
}

static void vmcoreinfo_comes_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(ask("qXfer:vmcoreinfo:read::0,fff"), "lOSRELEASE=1\n{}]}\x04}\x03}\n");
	assert_string_equal(ask("qXfer:vmcoreinfo:read::9,2"), "m=1");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, begin)
	const struct CMUnitTest tests[] = {
		TEST(a_wrong_checksum_is_refused),
		TEST(a_refused_reply_is_sent_again),
		TEST(an_unknown_packet_gets_the_empty_reply),
		TEST(without_acknowledgements_none_is_sent),
		TEST(a_new_client_begins_with_acknowledgements_and_without_points),
		TEST(gdb_is_told_what_we_can_do),
		TEST(a_line_that_changes_line_ends_is_offered_no_binary_data),
		TEST(memory_is_read_as_digits),
		TEST(a_read_stops_at_the_first_bad_address),
		TEST(a_read_of_any_length_fits_into_the_reply),
		TEST(runs_are_encoded_without_forbidden_counts),
		TEST(binary_reads_are_escaped),
		TEST(memory_is_written_as_digits_and_as_binary_data),
		TEST(a_write_whose_length_is_a_lie_changes_nothing),
		TEST(a_packet_that_is_too_long_is_an_error),
		TEST(registers_are_those_of_the_chosen_thread),
		TEST(the_register_packet_ends_before_the_floating_point_unit),
		TEST(registers_are_written),
		TEST(threads_are_listed),
		TEST(the_first_list_after_a_step_is_brief),
		TEST(thread_names_cannot_break_the_document),
		TEST(a_document_comes_in_pieces),
		TEST(a_continue_ends_at_a_breakpoint),
		TEST(the_cause_is_told_only_to_those_who_know_it),
		TEST(a_watchpoint_tells_the_address),
		TEST(one_thread_steps),
		TEST(a_thread_that_cannot_step_is_refused),
		TEST(a_range_is_left_in_one_go),
		TEST(broken_actions_are_refused),
		TEST(a_condition_comes_with_the_breakpoint),
		TEST(an_unknown_kind_of_point_is_not_supported),
		TEST(detaching_removes_what_was_inserted),
		TEST(a_client_that_waits_is_told_when_the_target_goes),
		TEST(kill_is_not_answered),
		TEST(control_c_is_seen_between_packets_only),
		TEST(a_packet_cut_short_gives_way_to_the_next),
		TEST(a_monitor_command_prints_before_its_ok),
		TEST(offsets_are_those_of_the_text_segment),
		TEST(memory_is_searched_and_summed),
		TEST(vmcoreinfo_comes_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
