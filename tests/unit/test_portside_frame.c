// SPDX-License-Identifier: GPL-2.0
/* Frames: headers, and finding them in streams that are cut, damaged or mixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/digest.h"
#include "tools/frame.h"

#define SESSION 0x1122334455667788ull

/* A reader and a stream being built for it. */
struct stream {
	struct frame_reader reader;
	uint8_t bytes[3 * FRAME_BUFFER_MIN];
	size_t length;
};

static int setup(void **state)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	frame_reader_init(&stream->reader, malloc(FRAME_BUFFER_MIN), FRAME_BUFFER_MIN);
	*state = stream;
	return 0;
}

static int teardown(void **state)
{
	struct stream *stream = *state;

	free(stream->reader.buffer);
	free(stream);
	return 0;
}

static uint8_t *append(struct stream *stream, uint8_t type, uint64_t session, const void *payload,
		       size_t length)
{
	uint8_t *frame = stream->bytes + stream->length;

	memcpy(frame + FRAME_HEADER_SIZE, payload, length);
	frame_encode(frame, type, session, frame + FRAME_HEADER_SIZE, length);
	stream->length += FRAME_HEADER_SIZE + length;
	return frame;
}

static void append_bytes(struct stream *stream, int value, size_t count)
{
	memset(stream->bytes + stream->length, value, count);
	stream->length += count;
}

/* Lets @count bytes of @bytes arrive. */
static void arrive(struct stream *stream, const uint8_t *bytes, size_t count)
{
	while (count) {
		uint8_t *space;
		size_t room = frame_reader_space(&stream->reader, &space);

		assert_true(room > 0);
		if (room > count)
			room = count;
		memcpy(space, bytes, room);
		frame_reader_add(&stream->reader, room);
		bytes += room;
		count -= room;
	}
}

static void arrive_all(struct stream *stream)
{
	arrive(stream, stream->bytes, stream->length);
}

static void expect_frame(struct stream *stream, uint8_t type, const void *payload, size_t length)
{
	struct frame frame;

	assert_int_equal(frame_reader_next(&stream->reader, &frame), FRAME_READY);
	assert_int_equal(frame.type, type);
	assert_int_equal(frame.length, length);
	assert_memory_equal(frame.payload, payload, length);
}

static void expect(struct stream *stream, enum frame_verdict verdict)
{
	struct frame frame;

	assert_int_equal(frame_reader_next(&stream->reader, &frame), verdict);
}

static void a_frame_arrives_as_it_was_sent(void **state)
{
	struct stream *stream = *state;

	append(stream, FRAME_RESULT, SESSION, "payload", 7);
	frame_reader_sync(&stream->reader, SESSION);
	arrive_all(stream);
	expect_frame(stream, FRAME_RESULT, "payload", 7);
	expect(stream, FRAME_MORE);
}

static void a_frame_that_comes_byte_by_byte_is_whole_at_its_last_byte(void **state)
{
	struct stream *stream = *state;

	append(stream, FRAME_RESULT, SESSION, "payload", 7);
	frame_reader_sync(&stream->reader, SESSION);
	for (size_t i = 0; i + 1 < stream->length; i++) {
		arrive(stream, stream->bytes + i, 1);
		expect(stream, FRAME_MORE);
	}
	arrive(stream, stream->bytes + stream->length - 1, 1);
	expect_frame(stream, FRAME_RESULT, "payload", 7);
}

static void a_changed_bit_anywhere_in_a_frame_is_noticed(void **state)
{
	struct stream *stream = *state;
	size_t bits;

	append(stream, FRAME_RESULT, SESSION, "payload", 7);
	bits = stream->length * 8;
	for (size_t bit = 0; bit < bits; bit++) {
		struct frame frame;
		enum frame_verdict verdict;

		frame_reader_init(&stream->reader, stream->reader.buffer, FRAME_BUFFER_MIN);
		frame_reader_sync(&stream->reader, SESSION);
		stream->bytes[bit / 8] ^= 1 << bit % 8;
		arrive_all(stream);
		verdict = frame_reader_next(&stream->reader, &frame);
		stream->bytes[bit / 8] ^= 1 << bit % 8;
		assert_int_equal(verdict, FRAME_BAD);
		assert_non_null(stream->reader.why);
	}
}

static void a_frame_longer_than_the_limit_is_refused(void **state)
{
	struct stream *stream = *state;
	uint8_t header[FRAME_HEADER_SIZE];
	struct frame_header decoded;

	frame_encode(header, FRAME_DATA, SESSION, NULL, FRAME_BULK_MAX);
	assert_null(frame_decode(header, &decoded));
	frame_encode(header, FRAME_DATA, SESSION, NULL, FRAME_BULK_MAX + 1);
	assert_non_null(frame_decode(header, &decoded));
	frame_encode(header, FRAME_RESULT, SESSION, stream->bytes, FRAME_PAYLOAD_MAX);
	assert_null(frame_decode(header, &decoded));
	frame_encode(header, FRAME_RESULT, SESSION, stream->bytes, FRAME_PAYLOAD_MAX + 1);
	assert_non_null(frame_decode(header, &decoded));
}

/* Headers as another version would make them: with the check of their own. */
static void set_version(uint8_t *frame, uint8_t version)
{
	uint64_t check;

	frame[4] = version;
	check = digest_of(frame, 24);
	for (int i = 0; i < 8; i++)
		frame[24 + i] = check >> (8 * i);
}

static void a_frame_of_another_version_is_refused(void **state)
{
	struct stream *stream = *state;

	set_version(append(stream, FRAME_RESULT, SESSION, "payload", 7), 2);
	frame_reader_sync(&stream->reader, SESSION);
	arrive_all(stream);
	expect(stream, FRAME_BAD);
}

static void a_hello_of_another_version_is_handed_out_with_its_version(void **state)
{
	struct stream *stream = *state;
	struct frame frame;

	set_version(append(stream, FRAME_HELLO, SESSION, "hello", 5), 2);
	frame_reader_scan(&stream->reader, FRAME_HELLO, 0);
	arrive_all(stream);
	assert_int_equal(frame_reader_next(&stream->reader, &frame), FRAME_READY);
	assert_int_equal(frame.version, 2);
}

static void a_frame_of_another_session_is_refused(void **state)
{
	struct stream *stream = *state;

	append(stream, FRAME_RESULT, SESSION + 1, "payload", 7);
	frame_reader_sync(&stream->reader, SESSION);
	arrive_all(stream);
	expect(stream, FRAME_BAD);
}

static void a_session_of_zero_is_refused(void **state)
{
	struct stream *stream = *state;

	append(stream, FRAME_HELLO, 0, "hello", 5);
	frame_reader_scan(&stream->reader, FRAME_HELLO, 0);
	arrive_all(stream);
	expect(stream, FRAME_MORE);
	stream->reader.interrupt = FRAME_HELLO;
	frame_reader_sync(&stream->reader, SESSION);
	arrive_all(stream);
	expect(stream, FRAME_BAD);
}

static void scanning_skips_whatever_comes_before_the_wanted_frame(void **state)
{
	struct stream *stream = *state;

	append_bytes(stream, 0x89, 1000);
	append(stream, FRAME_RESULT, SESSION + 1, "stale", 5);
	append(stream, FRAME_ATTACHED, SESSION + 1, "", 0);
	append_bytes(stream, 0, 50000);
	append(stream, FRAME_ATTACHED, SESSION, "", 0);
	frame_reader_scan(&stream->reader, FRAME_ATTACHED, SESSION);
	arrive_all(stream);
	expect_frame(stream, FRAME_ATTACHED, "", 0);
	expect(stream, FRAME_MORE);
}

static void scanning_finds_the_frame_at_every_alignment_and_cut(void **state)
{
	struct stream *stream = *state;

	for (size_t before = 0; before < 70; before++) {
		size_t cut;

		frame_reader_init(&stream->reader, stream->reader.buffer, FRAME_BUFFER_MIN);
		frame_reader_scan(&stream->reader, FRAME_HELLO, 0);
		stream->length = 0;
		append_bytes(stream, 0x89, before);
		append(stream, FRAME_HELLO, SESSION, "hello", 5);
		cut = before % stream->length;
		arrive(stream, stream->bytes, cut);
		expect(stream, FRAME_MORE);
		arrive(stream, stream->bytes + cut, stream->length - cut);
		expect_frame(stream, FRAME_HELLO, "hello", 5);
	}
}

static void scanning_is_not_held_up_by_a_frame_that_never_ends(void **state)
{
	struct stream *stream = *state;
	uint8_t large[FRAME_PAYLOAD_MAX] = { 0 };

	append(stream, FRAME_HELLO, SESSION + 1, large, sizeof(large));
	stream->length = 1000; /* the old host died here */
	append(stream, FRAME_HELLO, SESSION, "hello", 5);
	frame_reader_scan(&stream->reader, FRAME_HELLO, 0);
	arrive_all(stream);
	expect_frame(stream, FRAME_HELLO, "hello", 5);
}

static void a_hello_is_recognised_inside_an_unfinished_frame(void **state)
{
	struct stream *stream = *state;
	uint8_t large[1000] = { 0 };
	size_t whole = FRAME_HEADER_SIZE + sizeof(large);

	for (size_t cut = 1; cut < whole - 200; cut += 13) {
		stream->length = 0;
		append(stream, FRAME_PUT, SESSION, large, sizeof(large));
		frame_reader_init(&stream->reader, stream->reader.buffer, FRAME_BUFFER_MIN);
		stream->reader.interrupt = FRAME_HELLO;
		frame_reader_sync(&stream->reader, SESSION);
		stream->length = cut;
		append(stream, FRAME_HELLO, SESSION + 1, "hello", 5);
		arrive_all(stream);
		if (cut >= FRAME_HEADER_SIZE) {
			expect_frame(stream, FRAME_HELLO, "hello", 5);
			continue;
		}
		/* A broken header ends the session; then the scan finds it. */
		expect(stream, FRAME_BAD);
		frame_reader_scan(&stream->reader, FRAME_HELLO, 0);
		expect_frame(stream, FRAME_HELLO, "hello", 5);
	}
}

static void after_a_bad_frame_scanning_finds_what_came_behind_it(void **state)
{
	struct stream *stream = *state;

	append_bytes(stream, 0x55, 100);
	append(stream, FRAME_HELLO, SESSION + 1, "hello", 5);
	frame_reader_sync(&stream->reader, SESSION);
	arrive_all(stream);
	expect(stream, FRAME_BAD);
	frame_reader_scan(&stream->reader, FRAME_HELLO, 0);
	expect_frame(stream, FRAME_HELLO, "hello", 5);
}

static void a_bulk_frame_is_handed_out_in_pieces_as_it_comes(void **state)
{
	struct stream *stream = *state;
	uint8_t content[5000];
	struct frame frame;
	size_t got = 0;

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = i * 7;
	append(stream, FRAME_DATA, SESSION, content, sizeof(content));
	append(stream, FRAME_END, SESSION, "end", 3);
	frame_reader_sync(&stream->reader, SESSION);
	for (size_t at = 0; at < stream->length; at += 100) {
		size_t count = stream->length - at < 100 ? stream->length - at : 100;

		arrive(stream, stream->bytes + at, count);
		while (frame_reader_next(&stream->reader, &frame) == FRAME_READY) {
			if (frame.type == FRAME_END)
				continue;
			assert_memory_equal(frame.payload, content + got, frame.length);
			got += frame.length;
			assert_int_equal(frame.left, sizeof(content) - got);
		}
	}
	assert_int_equal(got, sizeof(content));
	assert_int_equal(frame.type, FRAME_END);
}

static void an_empty_bulk_frame_is_handed_out_once(void **state)
{
	struct stream *stream = *state;

	append(stream, FRAME_STDIN, SESSION, "", 0);
	append(stream, FRAME_STDIN, SESSION, "x", 1);
	frame_reader_sync(&stream->reader, SESSION);
	arrive_all(stream);
	expect_frame(stream, FRAME_STDIN, "", 0);
	expect_frame(stream, FRAME_STDIN, "x", 1);
	expect(stream, FRAME_MORE);
}

static void the_largest_frame_fits_the_smallest_buffer(void **state)
{
	struct stream *stream = *state;
	uint8_t *large = calloc(1, FRAME_PAYLOAD_MAX);

	append(stream, FRAME_PUT, SESSION, "x", 1);
	append(stream, FRAME_PUT, SESSION, large, FRAME_PAYLOAD_MAX);
	frame_reader_sync(&stream->reader, SESSION);
	arrive(stream, stream->bytes, 50000);
	expect_frame(stream, FRAME_PUT, "x", 1);
	expect(stream, FRAME_MORE);
	arrive(stream, stream->bytes + 50000, stream->length - 50000);
	expect_frame(stream, FRAME_PUT, large, FRAME_PAYLOAD_MAX);
	free(large);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_frame_arrives_as_it_was_sent),
		TEST(a_frame_that_comes_byte_by_byte_is_whole_at_its_last_byte),
		TEST(a_changed_bit_anywhere_in_a_frame_is_noticed),
		TEST(a_frame_longer_than_the_limit_is_refused),
		TEST(a_frame_of_another_version_is_refused),
		TEST(a_hello_of_another_version_is_handed_out_with_its_version),
		TEST(a_frame_of_another_session_is_refused),
		TEST(a_session_of_zero_is_refused),
		TEST(scanning_skips_whatever_comes_before_the_wanted_frame),
		TEST(scanning_finds_the_frame_at_every_alignment_and_cut),
		TEST(scanning_is_not_held_up_by_a_frame_that_never_ends),
		TEST(a_hello_is_recognised_inside_an_unfinished_frame),
		TEST(after_a_bad_frame_scanning_finds_what_came_behind_it),
		TEST(a_bulk_frame_is_handed_out_in_pieces_as_it_comes),
		TEST(an_empty_bulk_frame_is_handed_out_once),
		TEST(the_largest_frame_fits_the_smallest_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
