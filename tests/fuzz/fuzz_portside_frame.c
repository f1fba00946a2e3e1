// SPDX-License-Identifier: GPL-2.0
/*
 * Any stream of bytes and frames, in any pieces, through the reader that both ends
 * use, and every payload through its decoder.
 */
#include "portside_fuzz.h"
#include "tools/message.h"
#include "tools/text.h"

#define ANY_SESSION 0x80 /* selector bits */
#define RAW	    0x40
#define RESCAN	    0x20

/* The types that have fields; the others are empty or bulk. */
static const uint8_t with_fields[] = {
	FRAME_HELLO, FRAME_WELCOME, FRAME_ERROR, FRAME_PUT, FRAME_GET, FRAME_EXEC, FRAME_POWER,
	FRAME_SIGNAL, FRAME_RESIZE, FRAME_OFFER, FRAME_RESULT, FRAME_SUMMARY, FRAME_TOTAL,
	FRAME_ENTRY, FRAME_HOLE, FRAME_END, FRAME_SKIPPED, FRAME_EXIT,
};

static void decode(const struct frame *frame)
{
	static union {
		struct exec_request exec;
		struct entry entry;
		struct skipped skipped;
		struct put_request put;
		struct get_request get;
	} message;
	static char printable[PATH_SIZE];

	for (size_t i = 0; i < sizeof(with_fields); i++) {
		if (frame->type != with_fields[i] ||
		    !message_decode(frame->type, frame->payload, frame->length, &message))
			continue;
		if (frame->type == FRAME_EXEC)
			exec_request_free(&message.exec);
		if (frame->type == FRAME_ENTRY)
			text_printable(printable, sizeof(printable), message.entry.path);
	}
}

static void drain(struct frame_reader *reader)
{
	struct frame frame;

	for (;;) {
		switch (frame_reader_next(reader, &frame)) {
		case FRAME_MORE:
			return;
		case FRAME_BAD:
			frame_reader_scan(reader, FRAME_HELLO, 0);
			break;
		case FRAME_READY:
			decode(&frame);
			if (!reader->synced || frame.type == FRAME_HELLO)
				frame_reader_sync(reader, frame.session);
			break;
		}
	}
}

/* In pieces of at most @piece bytes. */
static void arrive(struct frame_reader *reader, const uint8_t *bytes, size_t count, size_t piece)
{
	while (count) {
		uint8_t *space;
		size_t room = frame_reader_space(reader, &space);

		if (room == 0)
			abort(); /* nobody could ever go on */
		if (room > piece)
			room = piece;
		if (room > count)
			room = count;
		memcpy(space, bytes, room);
		frame_reader_add(reader, room);
		drain(reader);
		bytes += room;
		count -= room;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t left)
{
	struct frame_reader reader;
	struct fuzz_step step;
	uint8_t *buffer = malloc(FRAME_BUFFER_MIN);

	frame_reader_init(&reader, buffer, FRAME_BUFFER_MIN);
	reader.interrupt = FRAME_HELLO;
	reader.refusal = FRAME_ERROR;
	frame_reader_scan(&reader, FRAME_HELLO, 0);
	while (fuzz_next(&input, &left, &step)) {
		size_t piece = (step.selector & 15) ? 1u << (step.selector & 15) : 1;
		size_t size;
		uint8_t *frame;

		if (step.selector & RESCAN)
			frame_reader_scan(&reader, step.type, FUZZ_SESSION);
		if (step.selector & RAW) {
			arrive(&reader, step.bytes, step.length, piece);
			continue;
		}
		frame = fuzz_frame(&step, step.selector & ANY_SESSION ? step.type : FUZZ_SESSION,
				   &size);
		arrive(&reader, frame, size, piece);
		free(frame);
	}
	free(buffer);
	return 0;
}
