/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames of the portside protocol (docs/protocol.md): the header on the wire,
 * the types, and a reader that finds frames in a stream which may have been cut
 * at any byte. Pure code: no descriptors, no memory of its own.
 */
#ifndef PORTSIDE_FRAME_H
#define PORTSIDE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_VERSION	   1
#define FRAME_HEADER_SIZE  32
#define FRAME_PAYLOAD_MAX  65536
#define FRAME_BULK_MAX	   1048576
/* The smallest buffer that a reader can work with. */
#define FRAME_BUFFER_MIN   (FRAME_HEADER_SIZE + FRAME_PAYLOAD_MAX)

enum frame_type {
	FRAME_HELLO = 0x01,
	FRAME_WELCOME = 0x02,
	FRAME_BYE = 0x03,
	FRAME_ERROR = 0x04,
	FRAME_ACCEPTED = 0x05,
	FRAME_PUT = 0x10,
	FRAME_GET = 0x11,
	FRAME_EXEC = 0x12,
	FRAME_POWER = 0x13,
	FRAME_SIGNAL = 0x18,
	FRAME_RESIZE = 0x19,
	FRAME_OFFER = 0x20,
	FRAME_RESULT = 0x21,
	FRAME_SUMMARY = 0x22,
	FRAME_ATTACH = 0x41,
	FRAME_ATTACHED = 0x42,
	FRAME_TOTAL = 0x48,
	FRAME_ENTRY = 0x49,
	FRAME_DATA = 0x4a,
	FRAME_HOLE = 0x4b,
	FRAME_END = 0x4c,
	FRAME_FINISH = 0x4d,
	FRAME_SKIPPED = 0x4e,
	FRAME_STDIN = 0x50,
	FRAME_STDOUT = 0x51,
	FRAME_STDERR = 0x52,
	FRAME_EXIT = 0x53,
};

/**
 * struct frame - a frame, or a piece of a bulk frame
 * @version: of the header; other than FRAME_VERSION only in a HELLO
 * @type: enum frame_type, or a value that is not known
 * @session: session number of the header
 * @payload: in the reader's buffer, valid until the reader is fed again
 * @length: bytes at @payload
 * @left: bytes of a bulk frame still to come after this piece
 */
struct frame {
	uint8_t version;
	uint8_t type;
	uint64_t session;
	const uint8_t *payload;
	size_t length;
	size_t left;
};

/**
 * struct frame_header - the fields of a header, decoded
 * @version: protocol version
 * @type: enum frame_type
 * @session: session number
 * @length: payload length in bytes
 * @check: check of the payload
 */
struct frame_header {
	uint8_t version;
	uint8_t type;
	uint64_t session;
	uint32_t length;
	uint32_t check;
};

enum frame_verdict {
	FRAME_MORE, /* nothing complete yet */
	FRAME_READY, /* a frame or a piece of one */
	FRAME_BAD, /* the stream is not what the protocol says */
};

/**
 * struct frame_reader - finds frames in a stream of bytes
 * @buffer: memory of at least FRAME_BUFFER_MIN bytes, owned by the caller
 * @size: of @buffer
 * @start: first byte not yet handed out
 * @end: behind the last byte received
 * @synced: false while bytes are skipped until a frame of type @wanted
 * @wanted: the type that is looked for while not @synced
 * @refusal: another type that is taken for an answer to the same, or 0
 * @session: what frames must carry; 0 while not @synced means any
 * @interrupt: a type that is recognised also inside an unfinished frame, or 0
 * @bulk_type: type of the bulk frame whose payload is being handed out
 * @bulk_left: bytes of it still to be handed out
 * @why: after FRAME_BAD, what was wrong
 */
struct frame_reader {
	uint8_t *buffer;
	size_t size;
	size_t start;
	size_t end;
	bool synced;
	uint8_t wanted;
	uint8_t refusal;
	uint64_t session;
	uint8_t interrupt;
	uint8_t bulk_type;
	uint32_t bulk_left;
	const char *why;
};

bool frame_is_bulk(uint8_t type);
void frame_encode(uint8_t *header, uint8_t type, uint64_t session, const uint8_t *payload,
		  uint32_t length);
const char *frame_decode(const uint8_t *bytes, struct frame_header *header);

void frame_reader_init(struct frame_reader *reader, uint8_t *buffer, size_t size);
void frame_reader_scan(struct frame_reader *reader, uint8_t wanted, uint64_t session);
void frame_reader_sync(struct frame_reader *reader, uint64_t session);
size_t frame_reader_space(struct frame_reader *reader, uint8_t **space);
void frame_reader_add(struct frame_reader *reader, size_t count);
enum frame_verdict frame_reader_next(struct frame_reader *reader, struct frame *frame);

#endif
