// SPDX-License-Identifier: GPL-2.0
/* Reading JSON, and a guest's report in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/inventory.h"
#include "tools/json.h"

#include <cmocka.h>

static void values_of_every_kind_are_read(void **state)
{
	struct json *value = json_parse(" {\"s\":\"a\\u00fc\\n\\\"\",\"n\":-2.5e1,\"t\":true,"
					"\"l\":[1,[],{}],\"z\":null,\"\":\"empty key\"} ");

	(void)state;
	assert_non_null(value);
	assert_string_equal(json_string(value, "s"), "a\xc3\xbc\n\"");
	assert_true(json_number(value, "n", 0) == -25);
	assert_true(json_true(value, "t"));
	assert_false(json_true(value, "n"));
	assert_int_equal(json_get(value, "l")->first->next->kind, JSON_LIST);
	assert_string_equal(json_string(value, ""), "empty key");
	assert_null(json_string(value, "absent"));
	json_free(value);
}

static void characters_beyond_16_bits_and_stray_bytes_come_back(void **state)
{
	struct json *value = json_parse("{\"a\":\"\\ud83d\\ude00\",\"b\":\"\\udcff\"}");

	(void)state;
	assert_string_equal(json_string(value, "a"), "\xf0\x9f\x98\x80");
	assert_string_equal(json_string(value, "b"), "\xff");
	json_free(value);
}

static void what_is_not_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "{", "[", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "\"open", "\"\\q\"",
		"\"\\u12\"", "\"\\u0000\"", "1 2", "tru", "{\"a\":1,}", "\"\\", "]", "{\"a\":1",
	};
	char deep[400];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (json_parse(bad[i]))
			fail_msg("'%s' was taken", bad[i]);
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_null(json_parse(deep));
}

static void a_report_is_what_was_printed(void **state)
{
	struct inventory before = { 0 }, after = { 0 };
	struct port *port = inventory_add_port(&before);
	struct line *line = inventory_add_line(&before);
	struct failure failure;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	strcpy(port->node, "vport1p2");
	port->index = 1;
	port->id = 2;
	port->virtio = 1;
	port->named = true;
	strcpy(port->name, "odd \"\xff name");
	strcpy(port->link, "odd___name");
	port->host_connected = 1;
	port->guest_connected = -1;
	port->sent = 1ll << 40;
	strcpy(line->tty, "ttyUSB0");
	strcpy(line->place, "1-1");
	line->opens = true;
	inventory_print_json(&before, out);
	fclose(out);
	assert_int_equal(inventory_parse(&after, text, &failure), 0);
	assert_int_equal(after.port_count, 1);
	assert_string_equal(after.ports[0].name, port->name);
	assert_string_equal(after.ports[0].link, port->link);
	assert_int_equal(after.ports[0].host_connected, 1);
	assert_int_equal(after.ports[0].guest_connected, -1);
	assert_true(after.ports[0].sent == 1ll << 40);
	assert_string_equal(after.lines[0].place, "1-1");
	assert_true(after.lines[0].opens);
	free(text);
	inventory_free(&before);
	inventory_free(&after);
}

static void a_report_of_a_hostile_guest_is_refused_or_harmless(void **state)
{
	char wild[] = "{\"event\":\"port\",\"node\":7,\"index\":1e300,\"id\":-9e99,\"name\":\"\\u001b[2J\"}\n"
		      "{\"event\":\"later\"}\n";
	char broken[] = "{\"event\":\"port\"}\nnothing\n";
	struct inventory guest = { 0 };
	struct failure failure;

	(void)state;
	assert_int_equal(inventory_parse(&guest, wild, &failure), 0);
	assert_int_equal(guest.ports[0].index, -1);
	inventory_free(&guest);
	assert_int_equal(inventory_parse(&guest, broken, &failure), -1);
	assert_non_null(strstr(failure.text, "line 2"));
	inventory_free(&guest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_every_kind_are_read),
		cmocka_unit_test(characters_beyond_16_bits_and_stray_bytes_come_back),
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(a_report_is_what_was_printed),
		cmocka_unit_test(a_report_of_a_hostile_guest_is_refused_or_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
