// SPDX-License-Identifier: GPL-2.0
/*
 * What virtio_console makes of control messages from the host: the table of
 * events, and the cleaning of names.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/virtio_console.h>

#include "drivers/virtio_console/control_rules.h"

#define MAX_PORTS 31

static struct vcon_message message(u32 id, u16 event, u16 value, size_t payload_len)
{
	static const u8 payload[64] = "name";

	return (struct vcon_message){
		.id = id, .event = event, .value = value,
		.payload = payload, .payload_len = payload_len,
	};
}

static enum vcon_action judge(u32 id, u16 event, u16 value, size_t payload_len,
			      enum vcon_port_state state)
{
	struct vcon_message msg = message(id, event, value, payload_len);

	return vcon_control_judge(&msg, MAX_PORTS, state);
}

static void a_header_is_read_in_either_byte_order(void **state)
{
	const u8 bytes[] = { 4, 3, 2, 1, 6, 5, 8, 7, 'x', 'y' };
	struct vcon_message msg;
	u32 native;

	(void)state;
	assert_true(vcon_control_parse(bytes, sizeof(bytes), true, &msg));
	assert_int_equal(msg.id, 0x01020304);
	assert_int_equal(msg.event, 0x0506);
	assert_int_equal(msg.value, 0x0708);
	assert_int_equal(msg.payload_len, 2);
	assert_memory_equal(msg.payload, "xy", 2);

	assert_true(vcon_control_parse(bytes, sizeof(bytes), false, &msg));
	memcpy(&native, bytes, sizeof(native));
	assert_int_equal(msg.id, native);
}

static void a_message_shorter_than_a_header_is_refused(void **state)
{
	const u8 bytes[VCON_CONTROL_HEADER] = {};
	struct vcon_message msg;
	size_t len;

	(void)state;
	for (len = 0; len < VCON_CONTROL_HEADER; len++)
		assert_false(vcon_control_parse(bytes, len, true, &msg));
	assert_true(vcon_control_parse(bytes, VCON_CONTROL_HEADER, true, &msg));
	assert_int_equal(msg.payload_len, 0);
}

static void each_event_has_its_action_in_its_states(void **state)
{
	static const struct {
		u16 event, value;
		size_t payload;
		enum vcon_action absent, plain, opened, console;
	} table[] = {
		{ VIRTIO_CONSOLE_DEVICE_READY, 1, 0, VCON_DROP_EVENT, VCON_DROP_EVENT,
		  VCON_DROP_EVENT, VCON_DROP_EVENT },
		{ VIRTIO_CONSOLE_PORT_ADD, 1, 0, VCON_ADD, VCON_ADD_AGAIN, VCON_ADD_AGAIN,
		  VCON_ADD_AGAIN },
		{ VIRTIO_CONSOLE_PORT_REMOVE, 1, 0, VCON_DROP_STATE, VCON_REMOVE, VCON_REMOVE,
		  VCON_REMOVE },
		{ VIRTIO_CONSOLE_PORT_READY, 1, 0, VCON_DROP_EVENT, VCON_DROP_EVENT,
		  VCON_DROP_EVENT, VCON_DROP_EVENT },
		{ VIRTIO_CONSOLE_CONSOLE_PORT, 1, 0, VCON_DROP_STATE, VCON_MAKE_CONSOLE,
		  VCON_DROP_STATE, VCON_DROP_STATE },
		{ VIRTIO_CONSOLE_CONSOLE_PORT, 0, 0, VCON_DROP_STATE, VCON_DROP_STATE,
		  VCON_DROP_STATE, VCON_DROP_STATE },
		{ VIRTIO_CONSOLE_RESIZE, 0, 4, VCON_DROP_STATE, VCON_DROP_STATE,
		  VCON_DROP_STATE, VCON_RESIZE },
		{ VIRTIO_CONSOLE_RESIZE, 0, 3, VCON_DROP_SHORT, VCON_DROP_SHORT,
		  VCON_DROP_SHORT, VCON_DROP_SHORT },
		{ VIRTIO_CONSOLE_PORT_OPEN, 1, 0, VCON_DROP_STATE, VCON_HOST_OPEN,
		  VCON_HOST_OPEN, VCON_HOST_OPEN },
		{ VIRTIO_CONSOLE_PORT_OPEN, 0, 0, VCON_DROP_STATE, VCON_HOST_CLOSE,
		  VCON_HOST_CLOSE, VCON_HOST_CLOSE },
		{ VIRTIO_CONSOLE_PORT_NAME, 1, 4, VCON_DROP_STATE, VCON_NAME, VCON_NAME,
		  VCON_NAME },
		{ VIRTIO_CONSOLE_PORT_NAME, 1, 0, VCON_DROP_STATE, VCON_NAME, VCON_NAME,
		  VCON_NAME },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(judge(3, table[i].event, table[i].value, table[i].payload,
				       VCON_STATE_ABSENT), table[i].absent);
		assert_int_equal(judge(3, table[i].event, table[i].value, table[i].payload,
				       VCON_STATE_PLAIN), table[i].plain);
		assert_int_equal(judge(3, table[i].event, table[i].value, table[i].payload,
				       VCON_STATE_OPENED), table[i].opened);
		assert_int_equal(judge(3, table[i].event, table[i].value, table[i].payload,
				       VCON_STATE_CONSOLE), table[i].console);
	}
}

static void a_size_is_columns_then_rows_unless_told_otherwise(void **state)
{
	static const u8 bytes[] = { 132, 0, 43, 1 };
	struct vcon_message msg = { .payload = bytes, .payload_len = sizeof(bytes) };
	u16 columns, rows;

	(void)state;
	vcon_control_size(&msg, true, false, &columns, &rows);
	assert_int_equal(columns, 132);
	assert_int_equal(rows, 256 + 43);
	vcon_control_size(&msg, true, true, &columns, &rows);
	assert_int_equal(columns, 256 + 43);
	assert_int_equal(rows, 132);
}

static void an_event_that_does_not_exist_is_dropped(void **state)
{
	u32 event;

	(void)state;
	for (event = VIRTIO_CONSOLE_PORT_NAME + 1; event <= UINT16_MAX; event++)
		assert_int_equal(judge(0, event, 1, 8, VCON_STATE_PLAIN), VCON_DROP_EVENT);
}

static void a_port_that_the_device_cannot_have_is_dropped(void **state)
{
	(void)state;
	assert_int_equal(judge(MAX_PORTS - 1, VIRTIO_CONSOLE_PORT_ADD, 1, 0, VCON_STATE_ABSENT),
			 VCON_ADD);
	assert_int_equal(judge(MAX_PORTS, VIRTIO_CONSOLE_PORT_ADD, 1, 0, VCON_STATE_ABSENT),
			 VCON_DROP_ID);
	assert_int_equal(judge(UINT32_MAX, VIRTIO_CONSOLE_PORT_NAME, 1, 4, VCON_STATE_ABSENT),
			 VCON_DROP_ID);
}

static void only_news_of_an_existing_port_implies_it(void **state)
{
	struct vcon_message open = message(3, VIRTIO_CONSOLE_PORT_OPEN, 1, 0);
	struct vcon_message close = message(3, VIRTIO_CONSOLE_PORT_OPEN, 0, 0);
	struct vcon_message name = message(3, VIRTIO_CONSOLE_PORT_NAME, 1, 4);
	struct vcon_message removed = message(3, VIRTIO_CONSOLE_PORT_REMOVE, 1, 0);
	struct vcon_message beyond = message(MAX_PORTS, VIRTIO_CONSOLE_PORT_OPEN, 1, 0);

	(void)state;
	assert_true(vcon_control_implies_port(&open, MAX_PORTS));
	assert_true(vcon_control_implies_port(&name, MAX_PORTS));
	assert_false(vcon_control_implies_port(&close, MAX_PORTS));
	assert_false(vcon_control_implies_port(&removed, MAX_PORTS));
	assert_false(vcon_control_implies_port(&beyond, MAX_PORTS));
}

static void names_are_cleaned(void **state)
{
	static const struct {
		const char *raw, *clean;
	} table[] = {
		{ "org.qemu.guest_agent.0", "org.qemu.guest_agent.0" },
		{ "", "" },
		{ "two  blanks", "two  blanks" },
		{ "../evil", "../evil" },	/* user space sanitises paths */
		{ "\xc3\xbcn\xc3\xaf", "\xc3\xbcn\xc3\xaf" },
		{ "\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7" },
		{ "line\nbreak", "line_break" },
		{ "esc\x1b[31m", "esc_[31m" },
		{ "del\x7f", "del_" },
		{ "nel\xc2\x85", "nel_" },
		{ "latin1 \xfc!", "latin1 _!" },
		{ "overlong \xc0\xaf", "overlong __" },
		{ "overlong \xe0\x80\xaf", "overlong ___" },
		{ "surrogate \xed\xa0\x80", "surrogate ___" },
		{ "beyond \xf4\x90\x80\x80", "beyond ____" },
		{ "cut \xe2\x82", "cut __" },
	};
	char clean[VCON_NAME_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = vcon_name_clean(clean, sizeof(clean), (const u8 *)table[i].raw,
					   strlen(table[i].raw));

		assert_string_equal(clean, table[i].clean);
		assert_int_equal(n, strlen(table[i].clean));
	}
}

static void a_name_ends_at_a_nul_and_within_its_bounds(void **state)
{
	const u8 with_nul[] = "old qemu\0garbage";
	u8 endless[4096];
	char clean[VCON_NAME_MAX + 1], tiny[4];

	(void)state;
	vcon_name_clean(clean, sizeof(clean), with_nul, sizeof(with_nul));
	assert_string_equal(clean, "old qemu");

	memset(endless, 'n', sizeof(endless));
	assert_int_equal(vcon_name_clean(clean, sizeof(clean), endless, sizeof(endless)),
			 VCON_NAME_MAX);

	/* A character is kept whole or not at all. */
	vcon_name_clean(tiny, sizeof(tiny), (const u8 *)"ab\xc3\xbc", 4);
	assert_string_equal(tiny, "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_read_in_either_byte_order),
		cmocka_unit_test(a_message_shorter_than_a_header_is_refused),
		cmocka_unit_test(each_event_has_its_action_in_its_states),
		cmocka_unit_test(a_size_is_columns_then_rows_unless_told_otherwise),
		cmocka_unit_test(an_event_that_does_not_exist_is_dropped),
		cmocka_unit_test(a_port_that_the_device_cannot_have_is_dropped),
		cmocka_unit_test(only_news_of_an_existing_port_implies_it),
		cmocka_unit_test(names_are_cleaned),
		cmocka_unit_test(a_name_ends_at_a_nul_and_within_its_bounds),
	};

	return cmocka_run_group_tests_name("control_rules", tests, NULL, NULL);
}
