// SPDX-License-Identifier: GPL-2.0
/*
 * Frames of the portside protocol (docs/protocol.md): writing and reading headers, and
 * finding frames in a stream that may have been cut at any byte. What the
 * payloads mean is in message.c; descriptors are in channel.c.
 */
#include <endian.h>
#include <string.h>

#include "digest.h"
#include "frame.h"

static const uint8_t frame_magic[4] = { 0x89, 0x50, 0x53, 0x44 };

/* The header as it lies on the wire; every field is naturally aligned. */
struct wire_header {
	uint8_t magic[4];
	uint8_t version;
	uint8_t type;
	uint16_t reserved;
	uint64_t session;
	uint32_t length;
	uint32_t check;
	uint64_t header_check;
};
_Static_assert(sizeof(struct wire_header) == FRAME_HEADER_SIZE, "header layout");

#define HEADER_CHECKED offsetof(struct wire_header, header_check)

/**
 * frame_is_bulk() - may the payload be handled piece by piece?
 * @type: enum frame_type, or any other value
 *
 * Return: true for the types that carry contents.
 */
bool frame_is_bulk(uint8_t type)
{
	return type == FRAME_DATA || type == FRAME_STDIN || type == FRAME_STDOUT ||
	       type == FRAME_STDERR;
}

/**
 * frame_encode() - write a header
 * @header: receives FRAME_HEADER_SIZE bytes
 * @type: enum frame_type
 * @session: session number
 * @payload: the payload; not looked at for bulk types
 * @length: of the payload
 */
void frame_encode(uint8_t *header, uint8_t type, uint64_t session, const uint8_t *payload,
		  uint32_t length)
{
	struct wire_header wire = {
		.version = FRAME_VERSION,
		.type = type,
		.session = htole64(session),
		.length = htole32(length),
	};

	memcpy(wire.magic, frame_magic, sizeof(wire.magic));
	if (!frame_is_bulk(type))
		wire.check = htole32((uint32_t)digest_of(payload, length));
	wire.header_check = htole64(digest_of(&wire, HEADER_CHECKED));
	memcpy(header, &wire, sizeof(wire));
}

/**
 * frame_decode() - read and check a header
 * @bytes: FRAME_HEADER_SIZE bytes
 * @header: receives the fields
 *
 * The payload's check, the version and the session are for the caller to compare.
 *
 * Return: NULL, or what is wrong with the header.
 */
const char *frame_decode(const uint8_t *bytes, struct frame_header *header)
{
	struct wire_header wire;
	uint32_t limit;

	memcpy(&wire, bytes, sizeof(wire));
	if (memcmp(wire.magic, frame_magic, sizeof(wire.magic)) != 0)
		return "a frame does not begin with the magic number";
	if (le64toh(wire.header_check) != digest_of(&wire, HEADER_CHECKED))
		return "the check of a frame header is wrong";
	limit = frame_is_bulk(wire.type) ? FRAME_BULK_MAX : FRAME_PAYLOAD_MAX;
	if (wire.reserved != 0 || le32toh(wire.length) > limit)
		return "a frame header has values out of range";
	header->version = wire.version;
	header->type = wire.type;
	header->session = le64toh(wire.session);
	header->length = le32toh(wire.length);
	header->check = le32toh(wire.check);
	return NULL;
}

/**
 * frame_reader_init() - begin with an empty buffer, skipping everything
 * @reader: the reader
 * @buffer: memory for it, at least FRAME_BUFFER_MIN bytes, kept by the caller
 * @size: of @buffer
 */
void frame_reader_init(struct frame_reader *reader, uint8_t *buffer, size_t size)
{
	memset(reader, 0, sizeof(*reader));
	reader->buffer = buffer;
	reader->size = size;
}

/**
 * frame_reader_scan() - skip bytes until a frame of one type
 * @reader: the reader; what it has buffered is scanned too
 * @wanted: the type
 * @session: the session it must carry, or 0 for any
 */
void frame_reader_scan(struct frame_reader *reader, uint8_t wanted, uint64_t session)
{
	reader->synced = false;
	reader->wanted = wanted;
	reader->session = session;
	reader->bulk_left = 0;
	reader->why = NULL;
}

/**
 * frame_reader_sync() - take the stream as frames of one session from here on
 * @reader: the reader
 * @session: the session
 */
void frame_reader_sync(struct frame_reader *reader, uint64_t session)
{
	reader->synced = true;
	reader->session = session;
}

/**
 * frame_reader_space() - where to put bytes that arrive
 * @reader: the reader; frames handed out before become invalid
 * @space: receives the address
 *
 * Return: the room at *@space; 0 if frame_reader_next() has to take something first.
 */
size_t frame_reader_space(struct frame_reader *reader, uint8_t **space)
{
	if (reader->start == reader->end) {
		reader->start = 0;
		reader->end = 0;
	} else if (reader->start && reader->size - reader->end < reader->size / 4) {
		memmove(reader->buffer, reader->buffer + reader->start,
			reader->end - reader->start);
		reader->end -= reader->start;
		reader->start = 0;
	}
	*space = reader->buffer + reader->end;
	return reader->size - reader->end;
}

/**
 * frame_reader_add() - bytes have arrived
 * @reader: the reader
 * @count: bytes put where frame_reader_space() said
 */
void frame_reader_add(struct frame_reader *reader, size_t count)
{
	reader->end += count;
}

static bool is_wanted(const struct frame_reader *reader, const struct frame_header *header,
		      uint8_t type)
{
	if (header->type != type && (reader->synced || header->type != reader->refusal))
		return false;
	if (frame_is_bulk(header->type) || header->session == 0)
		return false;
	return reader->synced || !reader->session || header->session == reader->session;
}

static bool payload_matches(const struct frame_header *header, const uint8_t *payload)
{
	return header->check == (uint32_t)digest_of(payload, header->length);
}

static void hand_out(struct frame *frame, const struct frame_header *header,
		     const uint8_t *payload)
{
	frame->version = header->version;
	frame->type = header->type;
	frame->session = header->session;
	frame->payload = payload;
	frame->length = header->length;
	frame->left = 0;
}

/*
 * Looks for a complete frame of @type from @from on. *@keep becomes the
 * first position where such a frame may have begun without being complete.
 */
static bool find_frame(const struct frame_reader *reader, uint8_t type, size_t from,
		       struct frame *frame, size_t *keep, size_t *behind)
{
	struct frame_header header;
	bool kept = false;

	*keep = reader->end;
	while (from < reader->end) {
		const uint8_t *found = memchr(reader->buffer + from, frame_magic[0],
					      reader->end - from);
		size_t position, left;

		if (!found)
			break;
		position = found - reader->buffer;
		left = reader->end - position;
		from = position + 1;
		if (left < FRAME_HEADER_SIZE) {
			if (!kept)
				*keep = position;
			return false;
		}
		if (frame_decode(found, &header) || !is_wanted(reader, &header, type))
			continue;
		if (left - FRAME_HEADER_SIZE < header.length) {
			if (!kept)
				*keep = position;
			kept = true;
			continue;
		}
		if (!payload_matches(&header, found + FRAME_HEADER_SIZE))
			continue;
		hand_out(frame, &header, found + FRAME_HEADER_SIZE);
		*behind = position + FRAME_HEADER_SIZE + header.length;
		return true;
	}
	return false;
}

static enum frame_verdict scan(struct frame_reader *reader, struct frame *frame)
{
	size_t keep, behind;

	if (find_frame(reader, reader->wanted, reader->start, frame, &keep, &behind)) {
		reader->start = behind;
		return FRAME_READY;
	}
	reader->start = keep;
	return FRAME_MORE;
}

/* The frame at the start is not complete: the peer may have died in it. */
static enum frame_verdict wait_or_interrupt(struct frame_reader *reader, struct frame *frame)
{
	size_t keep, behind;

	if (reader->interrupt && find_frame(reader, reader->interrupt, reader->start + 1, frame,
					    &keep, &behind)) {
		reader->start = behind;
		return FRAME_READY;
	}
	return FRAME_MORE;
}

static enum frame_verdict bad(struct frame_reader *reader, const char *why)
{
	reader->why = why;
	return FRAME_BAD;
}

static enum frame_verdict next_bulk(struct frame_reader *reader, struct frame *frame)
{
	size_t length = reader->end - reader->start;

	if (length == 0)
		return FRAME_MORE;
	if (length > reader->bulk_left)
		length = reader->bulk_left;
	frame->version = FRAME_VERSION;
	frame->type = reader->bulk_type;
	frame->session = reader->session;
	frame->payload = reader->buffer + reader->start;
	frame->length = length;
	reader->start += length;
	reader->bulk_left -= length;
	frame->left = reader->bulk_left;
	return FRAME_READY;
}

static enum frame_verdict begin_bulk(struct frame_reader *reader, struct frame *frame,
				     const struct frame_header *header)
{
	reader->start += FRAME_HEADER_SIZE;
	if (header->length == 0) {
		hand_out(frame, header, reader->buffer + reader->start);
		return FRAME_READY;
	}
	reader->bulk_type = header->type;
	reader->bulk_left = header->length;
	return next_bulk(reader, frame);
}

/**
 * frame_reader_next() - the next frame in what has arrived
 * @reader: the reader
 * @frame: receives it
 *
 * A bulk frame is handed out in pieces as they arrive. While scanning, the stream is not
 * yet taken as frames: call frame_reader_sync() when the frame is accepted.
 *
 * Return: FRAME_READY, FRAME_MORE if more bytes are needed, or FRAME_BAD with the reason in
 * @reader->why; then only frame_reader_scan() makes sense.
 */
enum frame_verdict frame_reader_next(struct frame_reader *reader, struct frame *frame)
{
	const uint8_t *bytes = reader->buffer + reader->start;
	struct frame_header header;
	const char *why;

	if (!reader->synced)
		return scan(reader, frame);
	if (reader->bulk_left)
		return next_bulk(reader, frame);
	if (reader->end - reader->start < FRAME_HEADER_SIZE)
		return wait_or_interrupt(reader, frame);
	why = frame_decode(bytes, &header);
	if (why)
		return bad(reader, why);
	if (header.type != reader->interrupt || header.session == 0) {
		if (header.version != FRAME_VERSION)
			return bad(reader, "a frame is of another protocol version");
		if (header.session != reader->session)
			return bad(reader, "a frame belongs to another session");
	}
	if (frame_is_bulk(header.type))
		return begin_bulk(reader, frame, &header);
	if (reader->end - reader->start - FRAME_HEADER_SIZE < header.length)
		return wait_or_interrupt(reader, frame);
	if (!payload_matches(&header, bytes + FRAME_HEADER_SIZE))
		return bad(reader, "the check of a payload is wrong");
	reader->start += FRAME_HEADER_SIZE + header.length;
	hand_out(frame, &header, bytes + FRAME_HEADER_SIZE);
	return FRAME_READY;
}
