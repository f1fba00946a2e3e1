// SPDX-License-Identifier: GPL-2.0
/* Messages: every one survives the way there; every one that is too short or out of bounds is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/frame.h"
#include "tools/message.h"

static char *arguments[] = { "sh", "-c", "", NULL };
static char *environment[] = { "A=1", NULL };

static const struct hello hello = { 1, 3, "user@host" };
static const struct welcome welcome = { 1, 2, 0x123456789abcdef0, 42, "1.0", "guest", "6.1" };
static const struct error_message error = { ERROR_FAILED, 2, "no such file" };
static const struct put_request put = { TRANSFER_ALL, DIGEST_SHA1, "/tmp" };
static const struct get_request get = { 0, DIGEST_XXH64, "/etc/hostname", "hostname" };
static const struct exec_request exec = { EXEC_TTY, 24, 80, "/", arguments, environment };
static const struct power_request power = { POWER_REBOOT, 1 };
static const struct signal_request signal_request = { 15 };
static const struct window_size window = { 24, 80 };
static const struct offer offer = { 7, INT64_MAX };
static const struct result result = { 7, RESULT_KEPT, 28, 1ull << 40, "abc", "no space" };
static const struct summary summary = { 1, 2, UINT64_MAX };
static const struct total total = { UINT64_MAX, 3 };
static const struct entry entry = {
	3, ENTRY_FILE, ENTRY_WAITS, 07777, -5, 999999999, INT64_MAX, "a/b", "target"
};
static const struct hole hole = { 4096 };
static const struct end end = { 3, END_FAILED, 5, 10, "00ff", "I/O error" };
static const struct skipped skipped = { 13, "a/c", "permission denied" };
static const struct exit_message exit_message = { EXIT_KILLED, 9 };

#define SAMPLE(type, message) { type, &message, sizeof(message) }

static const struct sample {
	uint8_t type;
	const void *message;
	size_t size;
} samples[] = {
	SAMPLE(FRAME_HELLO, hello),	SAMPLE(FRAME_WELCOME, welcome),
	SAMPLE(FRAME_ERROR, error),	SAMPLE(FRAME_PUT, put),
	SAMPLE(FRAME_GET, get),		SAMPLE(FRAME_EXEC, exec),
	SAMPLE(FRAME_POWER, power),	SAMPLE(FRAME_SIGNAL, signal_request),
	SAMPLE(FRAME_RESIZE, window),	SAMPLE(FRAME_OFFER, offer),
	SAMPLE(FRAME_RESULT, result),	SAMPLE(FRAME_SUMMARY, summary),
	SAMPLE(FRAME_TOTAL, total),	SAMPLE(FRAME_ENTRY, entry),
	SAMPLE(FRAME_HOLE, hole),	SAMPLE(FRAME_END, end),
	SAMPLE(FRAME_SKIPPED, skipped), SAMPLE(FRAME_EXIT, exit_message),
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void release(uint8_t type, void *message)
{
	if (type == FRAME_EXEC)
		exec_request_free(message);
}

/* Encodes what was decoded: equal bytes mean equal fields. */
static void every_message_survives_the_way_there(void **state)
{
	uint8_t first[FRAME_PAYLOAD_MAX], second[FRAME_PAYLOAD_MAX];

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		void *decoded = calloc(1, samples[i].size);
		size_t length = message_encode(samples[i].type, samples[i].message, first,
					       sizeof(first));

		assert_true(length > 0);
		assert_true(message_decode(samples[i].type, first, length, decoded));
		assert_int_equal(message_encode(samples[i].type, decoded, second, sizeof(second)),
				 length);
		assert_memory_equal(first, second, length);
		release(samples[i].type, decoded);
		free(decoded);
	}
}

static void every_message_cut_short_is_refused(void **state)
{
	uint8_t payload[FRAME_PAYLOAD_MAX];

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		void *decoded = calloc(1, samples[i].size);
		size_t length = message_encode(samples[i].type, samples[i].message, payload,
					       sizeof(payload));

		for (size_t cut = 0; cut < length; cut++) {
			/* In memory of just that size, so that a read beyond it is seen. */
			uint8_t *exact = malloc(cut + 1);

			memcpy(exact + 1, payload, cut);
			assert_false(message_decode(samples[i].type, exact + 1, cut, decoded));
			free(exact);
		}
		free(decoded);
	}
}

static void bytes_behind_the_last_field_are_ignored(void **state)
{
	uint8_t payload[FRAME_PAYLOAD_MAX] = { 0 };

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		void *decoded = calloc(1, samples[i].size);
		size_t length = message_encode(samples[i].type, samples[i].message, payload,
					       sizeof(payload));

		assert_true(message_decode(samples[i].type, payload, length + 10, decoded));
		release(samples[i].type, decoded);
		free(decoded);
	}
}

static void a_message_that_does_not_fit_is_not_written(void **state)
{
	uint8_t payload[FRAME_PAYLOAD_MAX];

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		size_t length = message_encode(samples[i].type, samples[i].message, payload,
					       sizeof(payload));

		for (size_t size = 0; size < length; size++)
			assert_int_equal(message_encode(samples[i].type, samples[i].message,
							payload, size), 0);
	}
}

static void a_string_with_a_nul_is_refused(void **state)
{
	uint8_t payload[64];
	struct hello decoded;
	size_t length = message_encode(FRAME_HELLO, &hello, payload, sizeof(payload));

	(void)state;
	payload[length - 3] = '\0';
	assert_false(message_decode(FRAME_HELLO, payload, length, &decoded));
}

static void a_string_longer_than_its_limit_is_refused(void **state)
{
	uint8_t payload[4 + 2 + NAME_SIZE] = { 1, 0, 1, 0 };
	struct hello decoded;

	(void)state;
	memset(payload + 6, 'x', NAME_SIZE);
	payload[4] = (NAME_SIZE - 1) & 0xff;
	payload[5] = (NAME_SIZE - 1) >> 8;
	assert_true(message_decode(FRAME_HELLO, payload, sizeof(payload), &decoded));
	assert_int_equal(strlen(decoded.client), NAME_SIZE - 1);
	payload[4] = NAME_SIZE & 0xff;
	payload[5] = NAME_SIZE >> 8;
	assert_false(message_decode(FRAME_HELLO, payload, sizeof(payload), &decoded));
}

static void numbers_out_of_bounds_are_refused(void **state)
{
	const struct entry nanoseconds = { .kind = ENTRY_FILE, .nanoseconds = 1000000000 };
	const struct entry mode = { .kind = ENTRY_FILE, .mode = 010000 };
	const struct entry size = { .kind = ENTRY_FILE, .size = 1ull << 63 };
	const struct entry kind = { .kind = ENTRY_SYMLINK + 1 };
	const struct entry *const bad[] = { &nanoseconds, &mode, &size, &kind };
	uint8_t payload[256];
	struct entry decoded;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		size_t length = message_encode(FRAME_ENTRY, bad[i], payload, sizeof(payload));

		assert_true(length > 0);
		assert_false(message_decode(FRAME_ENTRY, payload, length, &decoded));
	}
}

static void a_list_that_claims_more_than_there_is_is_refused(void **state)
{
	struct exec_request decoded;
	uint8_t payload[256];
	size_t length = message_encode(FRAME_EXEC, &exec, payload, sizeof(payload));
	size_t count = 4 + 2 + 2 + 3; /* flags, rows, columns, "/" */

	(void)state;
	for (int claimed = 4; claimed <= 0xffff; claimed += 101) {
		payload[count] = claimed & 0xff;
		payload[count + 1] = claimed >> 8;
		assert_false(message_decode(FRAME_EXEC, payload, length, &decoded));
		assert_null(decoded.arguments);
	}
}

static void lists_keep_their_order_and_empty_strings(void **state)
{
	struct exec_request decoded;
	uint8_t payload[256];
	size_t length = message_encode(FRAME_EXEC, &exec, payload, sizeof(payload));

	(void)state;
	assert_true(message_decode(FRAME_EXEC, payload, length, &decoded));
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(decoded.arguments[i], arguments[i]);
	assert_null(decoded.arguments[3]);
	assert_string_equal(decoded.environment[0], "A=1");
	assert_null(decoded.environment[1]);
	exec_request_free(&decoded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_survives_the_way_there),
		cmocka_unit_test(every_message_cut_short_is_refused),
		cmocka_unit_test(bytes_behind_the_last_field_are_ignored),
		cmocka_unit_test(a_message_that_does_not_fit_is_not_written),
		cmocka_unit_test(a_string_with_a_nul_is_refused),
		cmocka_unit_test(a_string_longer_than_its_limit_is_refused),
		cmocka_unit_test(numbers_out_of_bounds_are_refused),
		cmocka_unit_test(a_list_that_claims_more_than_there_is_is_refused),
		cmocka_unit_test(lists_keep_their_order_and_empty_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
